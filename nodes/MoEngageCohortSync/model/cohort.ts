/** A cohort as the requests describe it. MoEngage shows it as the custom segment `name`. */
export interface Cohort {
	readonly id: string;
	readonly name: string;
	/** Empty if the request omits it. */
	readonly description: string;
	readonly partner: string;
}
