/** A cohort as the requests name it. MoEngage shows it as the custom segment `name`. */
export interface Cohort {
	readonly id: string;
	readonly name: string;
	/** Empty if the request leaves it out. */
	readonly description: string;
	readonly partner: string;
}
