import type { FastifyReply } from 'fastify';
import { fastify } from 'fastify';
import type { IExecuteFunctions } from 'n8n-workflow';
import { sleep } from 'n8n-workflow';
import type { Fault } from '../../emulator/model';
import type { Emulator } from '../../emulator/server';
import { startEmulator } from '../../emulator/server';
import type { SendResult } from '../../nodes/MoEngageCohortSync/delivery/sendResult';
import { createTransport } from '../../nodes/MoEngageCohortSync/delivery/transport';
import type { TestRun } from '../support/workflow';
import { answerBody } from '../support/n8nParts';
import { runWorkflow } from '../support/workflow';

const APP = 'APP';
const SECRET = 'S3cret/Key+with "odd" signs';
const LOGIN = Buffer.from(`${APP}:${SECRET}`).toString('base64');

let emulator: Emulator;

beforeEach(async () => {
	emulator = await startEmulator({ appId: APP, secret: SECRET });
});

afterEach(async () => await emulator.close());

/** Runs the node once in n8n's own engine, over HTTP, without retries. */
async function run(credential: Record<string, string> = {}, options = {}): Promise<TestRun> {
	return await runWorkflow({
		items: [{ uid: 'u-1' }],
		onError: 'continueRegularOutput',
		parameters: { options: { maxRetries: 0, ...options } },
		credential: {
			appId: APP,
			secretKey: SECRET,
			dataCenter: 'custom',
			customUrl: emulator.url,
			...credential,
		},
	});
}

/** Sends a piece of a response again and again, until the connection is closed. */
async function pour(response: FastifyReply['raw'], piece: string, pauseMs: number): Promise<void> {
	while (!response.destroyed) {
		response.write(piece);
		await sleep(pauseMs);
	}
}

const sentence = ({ success }: TestRun) => String(success[0]?.json['error']);

describe('over HTTP, in n8n', () => {
	test('the request goes out as MoEngage asks for it', async () => {
		const receive = jest.spyOn(emulator.model, 'receive');
		const { success } = await run();
		expect(success[0]?.json).toMatchObject({ status: 'accepted' });
		expect(receive).toHaveBeenCalledTimes(1);
		const [request] = receive.mock.calls[0] ?? [];
		expect(request).toMatchObject({
			method: 'POST',
			path: '/v1/integrations/cohortsync',
			headers: {
				authorization: `Basic ${LOGIN}`,
				'moe-appkey': APP,
				'content-type': 'application/json',
				accept: 'application/json',
			},
		});
		expect(JSON.parse(request?.body ?? '')).toMatchObject({
			action: 'add_members',
			timestamp: success[0]?.json['timestamp'],
			partner: 'n8n',
			parameters: { cohort_id: 'vip', cohort_name: 'VIP', members: [{ uid: 'u-1' }] },
		});
	});

	test('white space around the keys is not sent, and makes no other workspace', async () => {
		const copied = { appId: ` ${APP}\n`, secretKey: `\t${SECRET} ` };
		expect((await run(copied)).success[0]?.json).toMatchObject({ status: 'accepted' });
		const contextWith = (keys: object) => {
			const credential = { ...keys, dataCenter: '01' };
			const getCredentials = async () => await Promise.resolve(credential);
			return { getCredentials, getInputData: () => [] } as unknown as IExecuteFunctions;
		};
		const other = await createTransport(contextWith(copied), 1);
		const same = await createTransport(contextWith({ appId: APP, secretKey: SECRET }), 1);
		expect(other.workspaceName).toBe(same.workspaceName);
		expect(other.workspace).toBe(same.workspace);
	});

	test('a 401 reaches the wire once', async () => {
		const result = await run({ secretKey: 'wrong' });
		expect(emulator.model.requests).toHaveLength(1);
		expect(result.success[0]?.json['message']).toBe('rejected');
		expect(sentence(result)).toMatch(/^MoEngage does not accept the App ID or the Secret Key\./);
	});

	test.each([301, 302, 307, 308])('a redirect (%i) is not followed', async (status) => {
		const headers = { location: `${emulator.url}/v1/integrations/cohortsync` };
		emulator.model.fault({ status, body: '', headers });
		const result = await run();
		expect(emulator.model.requests).toHaveLength(1);
		expect(result.success[0]?.json['message']).toBe('failed');
		expect(sentence(result)).toMatch(new RegExp(`redirect \\(status ${status}\\)`));
	});

	test.each<[string, Fault]>([
		['a response that never comes', { delayMs: 60_000 }],
		['a response that drips', { drip: 400 }],
	])('%s ends with the time-out', async (_, fault) => {
		emulator.model.fault(fault);
		const started = performance.now();
		const result = await run({}, { timeout: 1 });
		expect(performance.now() - started).toBeLessThan(1800);
		expect(result.success[0]?.json['message']).toBe('failed');
		expect(sentence(result)).toBe(
			"MoEngage did not respond within the time set in 'Timeout in Seconds'. Run the workflow again later. If it happens again, increase that option. This change may have taken effect in MoEngage.",
		);
		expect(emulator.model.requests).toHaveLength(1);
	});

	test.each(['before', 'after'] as const)('a connection reset %s it was applied', async (reset) => {
		emulator.model.fault({ reset });
		const result = await run();
		expect(emulator.model.requests).toHaveLength(1);
		expect(result.success[0]?.json['message']).toBe('failed');
		expect(sentence(result)).toMatch(/^The connection to MoEngage was lost \(ECONNRESET\)\./);
		expect(sentence(result)).toMatch(/This change may have taken effect in MoEngage\.$/);
	});

	test('a response that can not be decompressed', async () => {
		emulator.model.fault({
			body: 'no archive',
			headers: { 'content-encoding': 'gzip' },
			handleFirst: true,
		});
		const result = await run();
		expect(sentence(result)).toMatch(/^The connection to MoEngage was lost \(Z_DATA_ERROR\)\./);
		expect(sentence(result)).toMatch(/This change may have taken effect in MoEngage\.$/);
	});

	test('a closed port', async () => {
		await emulator.close();
		const result = await run();
		expect(sentence(result)).toMatch(/^n8n could not connect to the server \(ECONNREFUSED\)\./);
		expect(sentence(result)).toMatch(/This change has not taken effect\.$/);
	});

	test('a server that speaks no TLS', async () => {
		const result = await run({ customUrl: emulator.url.replace('http:', 'https:') });
		expect(result.success[0]?.json['message']).toBe('failed');
		expect(sentence(result)).toMatch(/^n8n could not connect to the server \(EPROTO\)\./);
		expect(sentence(result)).toMatch(/This change has not taken effect\.$/);
	});

	test('a response that begins with a byte order mark is parsed', async () => {
		emulator.model.fault({ body: '\ufeff{"status":"success"}' });
		expect((await run()).success[0]?.json).toMatchObject({ status: 'accepted' });
	});

	test('a long message is cut short', async () => {
		const error = { message: 'long '.repeat(10_000) };
		emulator.model.fault({ status: 403, body: JSON.stringify({ error }) });
		const result = await run();
		expect(sentence(result)).toMatch(/^MoEngage does not let this key use Cohort Sync/);
		expect(sentence(result).length).toBeLessThan(600);
	});

	test.each<[string, RegExp, piece: string, pauseMs: number]>([
		['without an end', /^The response \(status 200\) does not confirm/, '<p>'.repeat(20_000), 1],
		['that drips for ever', /^MoEngage did not respond within the time/, ' ', 50],
	])('the connection of a response %s is closed', async (_, expected, piece, pauseMs) => {
		const connections: Array<Promise<void>> = [];
		const server = fastify();
		server.post('/*', (_request, reply) => {
			reply.hijack();
			connections.push(pour(reply.raw, piece, pauseMs));
		});
		const customUrl = await server.listen({ host: '127.0.0.1', port: 0 });
		const result = await run({ customUrl }, { timeout: 1 });
		expect(sentence(result)).toMatch(expected);
		expect(connections).toHaveLength(1);
		await Promise.all(connections);
		await server.close();
	});

	test.each([
		['the key', SECRET],
		['the key in a URL', encodeURIComponent(SECRET)],
		['the key in a URL, in lower case', encodeURIComponent(SECRET).toLowerCase()],
		['the key quoted once more', JSON.stringify(SECRET).slice(1, -1)],
		['the login', LOGIN],
		['the login without its padding', LOGIN.replace(/=+$/, '')],
	])('a response that echoes %s shows none of it', async (_, secret) => {
		const error = {
			message: `Seen: ${secret}.`,
			type: secret,
			attribute: secret,
			request_id: `id-${secret}`,
		};
		emulator.model.fault({ status: 400, body: JSON.stringify({ status: 'fail', error }) });
		const result = await run();
		expect(sentence(result)).toBe(
			'MoEngage rejected this member. MoEngage says: "Seen: ***." Fix the identifier at the source, or filter the item out with a Filter node. MoEngage request ID: id-***.',
		);
		expect(JSON.stringify(result).toLowerCase()).not.toContain(
			JSON.stringify(secret).slice(1, -1).toLowerCase(),
		);
	});
});

describe('what n8n throws', () => {
	/** Sends one request through a helper of n8n's that does this. */
	async function sendThrough(helper: () => Promise<unknown>): Promise<SendResult> {
		const credential = {
			appId: APP,
			secretKey: SECRET,
			dataCenter: '01',
		};
		const context = {
			getCredentials: async () => await Promise.resolve(credential),
			getInputData: () => [],
			helpers: { httpRequestWithAuthentication: helper },
		};
		const { send } = await createTransport(context as unknown as IExecuteFunctions, 1);
		return await send('{}');
	}

	const sendWhereHelperThrows = async (thrown: unknown) =>
		await sendThrough(async () => await Promise.reject(thrown as Error));

	const axiosError = (code: string) => Object.assign(new Error(`It says ${code}`), { code });

	test.each([
		['ENOTFOUND', 'connection'],
		['EAI_AGAIN', 'connection'],
		['ECONNREFUSED', 'connection'],
		['ECONNRESET', 'connection'],
		['EPIPE', 'connection'],
		['ERR_NETWORK', 'connection'],
		['ERR_BAD_RESPONSE', 'connection'],
		['HPE_INVALID_CONSTANT', 'connection'],
		['CERT_HAS_EXPIRED', 'connection'],
		['DEPTH_ZERO_SELF_SIGNED_CERT', 'connection'],
		['ERR_TLS_CERT_ALTNAME_INVALID', 'connection'],
		['ECONNABORTED', 'timeout'],
		['ETIMEDOUT', 'connection'],
		['ERR_INVALID_URL', 'unsendable'],
		['ERR_INVALID_CHAR', 'unsendable'],
		['ERR_UNESCAPED_CHARACTERS', 'unsendable'],
	])('%s counts as %s', async (errorCode, kind) => {
		for (const thrown of [
			axiosError(errorCode),
			Object.assign(new Error('wrapped'), { cause: axiosError(errorCode) }),
		]) {
			const result = await sendWhereHelperThrows(thrown);
			expect(result).toMatchObject({ status: undefined, kind });
			if (kind !== 'timeout') expect(result).toMatchObject({ errorCode });
		}
	});

	test('what is no connection error was not sent, and the key is redacted in its message', async () => {
		const thrown = new Error(`Domain not allowed for ${SECRET}`);
		expect(await sendWhereHelperThrows(thrown)).toEqual({
			status: undefined,
			kind: 'unsendable',
			message: 'Domain not allowed for ***',
		});
		expect(await sendWhereHelperThrows('a text')).toMatchObject({ kind: 'unsendable' });
		expect(await sendWhereHelperThrows(undefined)).toMatchObject({ kind: 'unsendable' });
	});

	test('what goes wrong in the middle of a response came after the request was sent', async () => {
		const body = async function* () {
			yield await Promise.resolve(Buffer.from('{"status":'));
			throw new Error('It has no code');
		};
		const result = await sendThrough(async () => {
			return await Promise.resolve({ statusCode: 200, headers: {}, body: answerBody(body()) });
		});
		expect(result).toEqual({ status: undefined, kind: 'connection', errorCode: undefined });
	});

	test('an error that is its own cause does no harm', async () => {
		const thrown = new Error('round');
		thrown.cause = thrown;
		expect(await sendWhereHelperThrows(thrown)).toMatchObject({ kind: 'unsendable' });
	});
});
