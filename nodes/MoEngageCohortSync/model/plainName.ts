/** A field's name as the node writes its own. Some databases and apps write `COHORT_ID` or `Cohort ID`. */
export function plainName(name: string): string {
	return name.trim().toLowerCase().replace(/[ -]/g, '_');
}
