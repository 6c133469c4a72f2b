import { containsIdentifier, mask } from '../../nodes/MoEngageCohortSync/results/problemText';

test.each([
	['user-17@example.com', 'u•••-1•@e••••••.c••'],
	['4-2-7', '4-•-•'],
	['Ḩasan', 'Ḩ••••'],
	['7', '7'],
	['', ''],
])('%s is shown as %s', (id, shown) => {
	expect(mask(id)).toBe(shown);
});

test.each<[message: string, identifier: string, expected: boolean]>([
	['The user Ann Lee is unknown', 'Ann  Lee', true],
	['the user ann lee is unknown', 'Ann\nLee', true],
	['The user ANN-17 is unknown', 'ann-17', true],
	['The user is unknown', 'Ann', false],
])('"%s" contains "%s": %s', (message, identifier, expected) => {
	expect(containsIdentifier(message, identifier)).toBe(expected);
});
