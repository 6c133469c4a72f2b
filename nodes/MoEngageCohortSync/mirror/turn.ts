import type { NodeRun, Workspace } from '../delivery/workspace';
import { Refusal } from '../refusal';
import type { PreviousOf } from './mirror';

/** True for a part of an audience, of which an earlier run in the same execution brought another part. */
function isLaterPart({ execution, node, index }: NodeRun, earlier: NodeRun | undefined): boolean {
	const isSame = earlier?.execution === execution && earlier?.node === node;
	return execution !== undefined && isSame && earlier.index < index;
}

/** One run's turn at its cohorts. */
export interface Turn {
	/** As given, but refuses a cohort that another run is at work on, or of which it has mirrored another part. */
	readonly of: PreviousOf;
	/** Lets the next mirror of the same cohorts start. */
	readonly close: () => void;
}

/** Lets the runs of a workspace mirror each cohort one at a time. */
export function takeTurn(
	of: PreviousOf,
	{ mirroring, mirrored }: Workspace,
	thisRun: NodeRun,
): Turn {
	const mine: string[] = [];
	return {
		*of(changes, cohorts) {
			const { id, name } = changes.cohort;
			if (mirroring.has(id)) {
				return new Refusal(
					`Another execution is mirroring the cohort "${name}" at this moment`,
					'Nothing was sent for it by this one. Let the schedule leave more time between two runs.',
					'not_sent',
				);
			}
			if (isLaterPart(thisRun, mirrored.get(id))) {
				return new Refusal(
					`An earlier run of this node in the same execution has mirrored the cohort "${name}" already`,
					'Nothing was sent for it by this one, which would have removed the members of the first. In a loop, or with two sources on one input, n8n runs the node once for each part of the audience: bring all items together before it, with a Merge node or after the loop.',
					'not_sent',
				);
			}
			mirrored.set(id, thisRun);
			mirroring.add(id);
			mine.push(id);
			return yield* of(changes, cohorts);
		},
		close: () => mine.forEach((id) => mirroring.delete(id)),
	};
}
