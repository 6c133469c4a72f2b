import { createCommand, readCliOptions } from '../../emulator/cliOptions';
import { createMoEngage } from '../../emulator/model';
import { send, withClock } from '../support/emulator';

/** Without what is said to the person. */
const silently = () => createCommand().configureOutput({ writeErr: () => {}, writeOut: () => {} });

test('without arguments it is the account that the model makes, on a port of its own', () => {
	const { server, knownFile, otherSystems, isDemoSecret } = readCliOptions([]);
	const { port, host, latencyMs, ...options } = server;
	const told = withClock(options).model;
	const byDefault = withClock().model;

	expect([port, host, latencyMs]).toEqual([8025, '127.0.0.1', 0]);
	expect([knownFile, otherSystems, isDemoSecret]).toEqual([undefined, 0, true]);
	expect(send(told).headers).toEqual(send(byDefault).headers);
	expect(told.rates()).toEqual(byDefault.rates());
});

test.each([
	['--app-id APP --secret s --max-bytes 9', { appId: 'APP', secret: 's', maxBytes: 9 }],
	['--requests-per-minute 5 --users-per-minute 6', { requestsPerMinute: 5, usersPerMinute: 6 }],
	['--rate-headers epoch', { rateHeaders: 'epoch' }],
	[
		'--apply-delay 7 --latency 8 --archive-after 9',
		{ applyDelayMs: 7, latencyMs: 8, archiveAfterDays: 9 },
	],
	['--reject-parentheses --silent-names', { rejectParentheses: true, forbiddenNames: 'silent' }],
	['--get-user-body flat', { getUserBody: 'flat' }],
	[
		'--restrict getUser=404 --restrict bulkImport=401',
		{ restrictions: { getUser: 404, bulkImport: 401 } },
	],
])('%s', (args, expected) => {
	expect(readCliOptions(args.split(' ')).server).toMatchObject(expected);
});

test('a firewall answers as something in front of MoEngage does, beside restrictions', () => {
	const args = ['--firewall', 'cohortSync', '--restrict', 'getUser=403'];
	const { restrictions } = readCliOptions(args).server;
	const answer = send(createMoEngage({ restrictions }));

	expect(restrictions).toMatchObject({ getUser: 403 });
	expect(answer).toMatchObject({ status: 403, body: expect.stringContaining('<html>') });
});

const ENDPOINTS = 'The endpoints are cohortSync, testConnection, getUser, bulkImport.';

test.each([
	['--restrict getUser', 'Use the form getUser=403.'],
	['--restrict getUser=200', 'Use the form getUser=403.'],
	['--restrict users=403', ENDPOINTS],
	['--firewall users', ENDPOINTS],
	['--rate-headers often', 'Allowed choices are seconds, epoch, off, zero, text.'],
	['--get-user-body wrapped', 'Allowed choices are data, flat.'],
	['--port x', 'Enter a whole number.'],
	['--nonsense', 'unknown option'],
])('%s is refused in words', (args, words) => {
	expect(() => readCliOptions(args.split(' '), silently())).toThrow(words);
});
