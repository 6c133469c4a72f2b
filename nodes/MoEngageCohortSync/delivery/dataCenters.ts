import type { SetupProblem } from '../model/problem';
import { RunError } from '../model/problem';

/** MoEngage's data centers (Cohort Sync docs, read 2026-08): the number in the dashboard's address. */
export const DATA_CENTERS = [
	{ value: '01', region: 'US' },
	{ value: '02', region: 'EU' },
	{ value: '03', region: 'India' },
	{ value: '04', region: 'US' },
	{ value: '05', region: 'Singapore' },
	{ value: '06', region: 'Indonesia' },
	{ value: '101', region: '' },
] as const;

const LOOPBACK = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

/**
 * The address that requests go to, without a trailing slash.
 *
 * @throws RunError for everything but the listed data centers and a plain custom address: members must never be
 * sent to an address that the user did not choose
 */
export function readBaseUrl(dataCenter: unknown, customUrl: unknown): string {
	if (dataCenter === 'custom') return readCustomUrl(customUrl);
	const known = DATA_CENTERS.find(({ value }) => value === dataCenter);
	if (known !== undefined) return `https://api-${known.value}.moengage.com`;
	throw new RunError({ code: 'unknown_data_center' });
}

function readCustomUrl(customUrl: unknown): string {
	const text = typeof customUrl === 'string' ? customUrl.trim() : '';
	if (text === '') throw customUrlRefused('empty');
	let url: URL;
	try {
		url = new URL(text);
	} catch {
		throw customUrlRefused('not_a_url');
	}
	if (url.username !== '' || url.password !== '') throw customUrlRefused('has_login');
	if (url.search !== '' || url.hash !== '') throw customUrlRefused('has_query');
	const isLoopback = LOOPBACK.test(url.hostname);
	if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback)) {
		throw customUrlRefused('not_https');
	}
	return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function customUrlRefused(
	reason: Extract<SetupProblem, { code: 'custom_url_refused' }>['reason'],
): RunError {
	return new RunError({ code: 'custom_url_refused', reason });
}
