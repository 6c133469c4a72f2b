import { createReader, text } from './json';

/** The body of a Test Connection request (MoEngage Cohort Sync docs, read 2026-08). */
export type ConnectionTest = {
	app_id: string;
	app_secret: string;
	source?: string;
	region?: string;
};

/** Reads the body of a Test Connection request. */
export const readConnectionTest = createReader<ConnectionTest>({
	type: 'object',
	required: ['app_id', 'app_secret'],
	properties: { app_id: text, app_secret: text, source: text, region: text },
});
