import { createRedactor } from '../../nodes/MoEngageCohortSync/delivery/redactor';

const APP_ID = 'APP';
const SECRET = 'S3cret/Key+with "odd" signs.';
const LOGIN = Buffer.from(`${APP_ID}:${SECRET}`).toString('base64');

const redact = createRedactor(APP_ID, SECRET);

test.each([
	['as it is', SECRET],
	['in upper case', SECRET.toUpperCase()],
	['in JSON', JSON.stringify(SECRET).slice(1, -1)],
	['in a URL', encodeURIComponent(SECRET)],
	['as the Basic login', LOGIN],
	['as the login without its padding', LOGIN.replace(/=+$/, '')],
	['as the login in a URL', encodeURIComponent(LOGIN)],
])('the secret key is redacted %s, wherever it stands', (_, secret) => {
	expect(redact(secret)).toBe('***');
	expect(redact(`1 ${secret}; 2 ${secret}`)).toBe('1 ***; 2 ***');
	expect(redact(`x${secret}y`)).toBe('x***y');
});

test('all else stays as it is, also what the key would match as a pattern', () => {
	const other = 'APP S3cret/Key with "odd" signs- === %3D';
	expect(redact(other)).toBe(other);
});

test('where there is no secret key, its login alone is redacted', () => {
	const redactEmpty = createRedactor(APP_ID, '');
	expect(redactEmpty('Seen: QVBQOg== of APP')).toBe('Seen: *** of APP');
});
