import { Refusal } from '../refusal';

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
 * The address that requests go to, without a slash at its end.
 *
 * @throws Refusal for all but the listed data centers and a plain custom address: members must never reach a
 * place that nobody chose
 */
export function readBaseUrl(dataCenter: unknown, customUrl: unknown): string {
	if (dataCenter === 'custom') return readCustomUrl(customUrl);
	const known = DATA_CENTERS.find(({ value }) => value === dataCenter);
	if (known !== undefined) return `https://api-${known.value}.moengage.com`;
	throw new Refusal(
		"'Data Center' in the MoEngage API credential is not one of MoEngage's data centers",
		"Choose it from the list: it is the number in your dashboard's address.",
	);
}

function readCustomUrl(customUrl: unknown): string {
	const text = typeof customUrl === 'string' ? customUrl.trim() : '';
	if (text === '') throw customUrlRefusal('is empty');
	let url: URL;
	try {
		url = new URL(text);
	} catch {
		throw customUrlRefusal('is not a web address');
	}
	if (url.username !== '' || url.password !== '')
		throw customUrlRefusal('has a user or a password in it');
	if (url.search !== '' || url.hash !== '') throw customUrlRefusal('has a ? or a # in it');
	const isLoopback = LOOPBACK.test(url.hostname);
	if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback)) {
		throw customUrlRefusal('does not start with https://');
	}
	return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function customUrlRefusal(what: string): Refusal {
	return new Refusal(
		`'Custom URL' in the MoEngage API credential ${what}`,
		'Enter an address such as https://proxy.example.com; http:// is accepted for this machine only (localhost).',
	);
}
