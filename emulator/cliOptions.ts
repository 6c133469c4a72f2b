import { Command, InvalidArgumentError, Option } from 'commander';
import {
	demoAccount,
	endpointTitles,
	rateHeaderStyles,
	type Endpoint,
	type Restrictions,
} from './model';
import type { ServerOptions } from './server';

const endpointNames = Object.keys(endpointTitles).join(', ');

/** The emulator's command line parser. Throws a `CommanderError` instead of ending the process. */
export function createCommand(): Command {
	return new Command('emulator')
		.description(
			'A local MoEngage emulator: Cohort Sync, Test Connection, Get User, Bulk Import, and a page to watch them',
		)
		.exitOverride()
		.option('--port <number>', 'port to listen on', wholeNumber, 8025)
		.option('--host <address>', 'address to listen on', '127.0.0.1')
		.option('--app-id <id>', 'APP ID of the account', demoAccount.appId)
		.option('--secret <text>', "secret of the account (default: the emulator's own demo secret)")
		.option(
			'--known <file>',
			'CSV of the users that MoEngage knows, with the columns uid and anonymous_id; further rows with the same uid add anonymous IDs to that user (default: everyone is known)',
		)
		.option('--requests-per-minute <number>', 'rate limit of Cohort Sync', wholeNumber, 300)
		.option('--users-per-minute <number>', 'rate limit of Get User, in users', wholeNumber, 1_000)
		.option(
			'--other-systems <number>',
			'how much of the Cohort Sync limit other systems use, in requests per minute',
			wholeNumber,
			0,
		)
		.addOption(
			new Option('--rate-headers <style>', 'form of the x-ratelimit headers')
				.choices(rateHeaderStyles)
				.default('seconds'),
		)
		.option('--max-bytes <number>', 'largest payload', wholeNumber, 131_072)
		.option('--apply-delay <ms>', 'time from accepting a change to applying it', wholeNumber, 0)
		.option('--latency <ms>', 'delay of every response', wholeNumber, 0)
		.option('--archive-after <days>', 'age at which a segment is archived', wholeNumber, 60)
		.option('--reject-parentheses', 'silently reject cohort names with parentheses')
		.option(
			'--silent-names',
			'silently reject cohort names with forbidden characters, instead of responding with 400',
		)
		.addOption(
			new Option('--get-user-body <form>', 'form of the body that Get User accepts')
				.choices(['data', 'flat'])
				.default('data'),
		)
		.option(
			'--restrict <endpoint=status>',
			`make an endpoint refuse the key, for example getUser=403; can be repeated; endpoints: ${endpointNames}`,
			restriction,
		)
		.option(
			'--firewall <endpoint>',
			'make an endpoint respond with 403 as a firewall does; can be repeated',
			firewall,
		);
}

/**
 * Reads the arguments that follow the program's name: `server` is for `startEmulator`, `knownFile` is a CSV file of
 * known users, `otherSystems` the number of requests a minute by other systems.
 * @throws CommanderError if they are invalid or ask for help
 */
export function readCliOptions(args: readonly string[], command = createCommand()) {
	const given = command.parse(args, { from: 'user' }).opts<{
		port: number;
		host: string;
		appId: string;
		secret?: string;
		known?: string;
		requestsPerMinute: number;
		usersPerMinute: number;
		otherSystems: number;
		rateHeaders: (typeof rateHeaderStyles)[number];
		maxBytes: number;
		applyDelay: number;
		latency: number;
		archiveAfter: number;
		rejectParentheses?: true;
		silentNames?: true;
		getUserBody: 'data' | 'flat';
		restrict?: Restrictions;
		firewall?: Restrictions;
	}>();
	return {
		server: {
			port: given.port,
			host: given.host,
			appId: given.appId,
			secret: given.secret ?? demoAccount.secret,
			requestsPerMinute: given.requestsPerMinute,
			usersPerMinute: given.usersPerMinute,
			rateHeaders: given.rateHeaders,
			maxBytes: given.maxBytes,
			applyDelayMs: given.applyDelay,
			latencyMs: given.latency,
			archiveAfterDays: given.archiveAfter,
			rejectParentheses: given.rejectParentheses ?? false,
			forbiddenNames: given.silentNames ? 'silent' : 'refused',
			getUserBody: given.getUserBody,
			restrictions: { ...given.restrict, ...given.firewall },
		} satisfies ServerOptions,
		isDemoSecret: given.secret === undefined,
		knownFile: given.known,
		otherSystems: given.otherSystems,
	};
}

function wholeNumber(text: string): number {
	if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Enter a whole number.');
	return Number(text);
}

function restriction(text: string, others: Restrictions = {}): Restrictions {
	const [, name = '', status] = /^(\w+)=(4\d\d)$/.exec(text) ?? [];
	if (status === undefined) throw new InvalidArgumentError('Use the form getUser=403.');
	return { ...others, [endpoint(name)]: Number(status) };
}

function firewall(name: string, others: Restrictions = {}): Restrictions {
	const page = { status: 403, body: '<html><body>403 Forbidden</body></html>' };
	return { ...others, [endpoint(name)]: page };
}

function endpoint(name: string): Endpoint {
	if (!isEndpoint(name)) throw new InvalidArgumentError(`The endpoints are ${endpointNames}.`);
	return name;
}

function isEndpoint(name: string): name is Endpoint {
	return Object.hasOwn(endpointTitles, name);
}
