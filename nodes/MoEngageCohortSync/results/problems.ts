import type { Outcome } from '../model/outcome';
import { problemOf } from '../model/outcome';
import type { Problem } from '../model/problem';
import { DELIVERY_PROBLEMS } from './deliveryProblems';
import { ITEM_PROBLEMS } from './itemProblems';
import { MIRROR_PROBLEMS } from './mirrorProblems';
import type { ProblemText, ProblemTexts } from './problemText';
import { describeBy, inOneLine } from './problemText';
import { SAMPLE_PROBLEMS } from './sampleProblems';
import { SETUP_PROBLEMS } from './setupProblems';

const PROBLEMS: ProblemTexts<Problem> = {
	...ITEM_PROBLEMS,
	...SETUP_PROBLEMS,
	...MIRROR_PROBLEMS,
	...SAMPLE_PROBLEMS,
	...DELIVERY_PROBLEMS,
};

/** The text about a problem that the user reads, in parts. */
export function describeProblem(problem: Problem): ProblemText {
	return describeBy(PROBLEMS, problem);
}

/** The same in one line. */
export const problemInOneLine = memoize((problem: Problem) => inOneLine(describeProblem(problem)));

/** Why a change was not made, in one line; `undefined` if nothing went wrong. */
export function describeOutcome(outcome: Outcome): string | undefined {
	if (outcome.status === 'failed') return describeFailure(outcome);
	const problem = problemOf(outcome);
	return problem && problemInOneLine(problem);
}

const describeFailure = memoize(
	({ problem, mayHaveTakenEffect }: Extract<Outcome, { status: 'failed' }>) =>
		`${problemInOneLine(problem)} ${
			mayHaveTakenEffect
				? 'This change may have taken effect in MoEngage.'
				: 'This change has not taken effect.'
		}`,
);

/** Small, because the items of a request share an outcome, but each invalid item may have its own problem. */
const MAX_TEXTS = 100;

/** Caches texts of objects that thousands of items may share, until the objects are gone or there are `MAX_TEXTS`. */
function memoize<Key extends object>(textOf: (key: Key) => string): (key: Key) => string {
	let texts = new WeakMap<Key, string>();
	let count = 0;
	return (key) => {
		let text = texts.get(key);
		if (text === undefined) {
			if (count >= MAX_TEXTS) {
				texts = new WeakMap();
				count = 0;
			}
			count++;
			text = textOf(key);
			texts.set(key, text);
		}
		return text;
	};
}
