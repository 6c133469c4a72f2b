/** Something that a person should know about a mirror's previous members. `results/` makes the sentence. */
export type Notice =
	/** n8n saves no static data after a run from the editor. */
	| { readonly code: 'memory_not_saved' }
	| { readonly code: 'rows_skipped'; readonly rows: number }
	/** The second input has rows, but none of these cohorts. */
	| { readonly code: 'no_rows_of_cohorts'; readonly cohortNames: readonly string[] };
