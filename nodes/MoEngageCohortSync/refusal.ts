/** Why a run ends without results: `message` says what happened, `fix` what to do. */
export class Refusal extends Error {
	constructor(
		message: string,
		readonly fix: string,
		/** What becomes of the items where the workflow goes on all the same. */
		readonly status: 'invalid' | 'not_sent' | 'failed' = 'invalid',
		/** The first input item concerned. */
		readonly item?: number,
	) {
		super(message);
		this.name = 'Refusal';
	}
}
