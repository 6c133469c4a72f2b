import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { sleep } from 'n8n-workflow';
import type { Answer } from './answers';
import { createMoEngage, type EmulatorOptions, type MoEngage } from './model';
import { page } from './page';
import { cohortState, pageState } from './pageState';

export type ServerOptions = EmulatorOptions & {
	/** Default, or 0: any free port. */
	port?: number;
	host?: string;
	/** Delay of every response in ms. */
	latencyMs?: number;
	/** The state of an emulator that was closed; by default it starts empty. */
	model?: MoEngage;
};

/** A running emulator. `close` ends it immediately, with all open connections. */
export type Emulator = Awaited<ReturnType<typeof startEmulator>>;

// Far above any payload limit, so that the 413 comes from the model.
const bodyLimit = 64 * 1024 * 1024;

const dripPieces = 10;

/** Starts the emulator's HTTP server: MoEngage's endpoints, and the page at `/`. */
export async function startEmulator({
	port = 0,
	host = '127.0.0.1',
	latencyMs = 0,
	model: before,
	...options
}: ServerOptions = {}) {
	const model = before ?? createMoEngage(options);
	const closing = new AbortController();
	const server = fastify({ bodyLimit, forceCloseConnections: true });
	server.removeAllContentTypeParsers();
	server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) =>
		done(null, body),
	);

	server.get('/', async (_request, reply) => reply.type('text/html; charset=utf-8').send(page));
	server.get('/state.json', async () => pageState(model));
	server.get<{ Querystring: { id?: string } }>('/cohort.json', async ({ query: { id = '' } }) =>
		cohortState(model, id),
	);
	server.all('/*', {
		handler: async (request, reply) => await answer(request, reply),
		// Fastify itself would refuse a content type that it can't read, but the response must be MoEngage's.
		errorHandler: async (error, request, reply) => {
			if (error.statusCode !== 415) throw error;
			await answer(request, reply);
		},
	});

	async function answer({ method, url, headers, body }: FastifyRequest, reply: FastifyReply) {
		const given = model.receive({
			method,
			path: url,
			headers,
			body: typeof body === 'string' ? body : '',
		});
		await pause(latencyMs + (given.delayMs ?? 0));
		return await send(given, reply);
	}

	/** Waits until the delay is over or the emulator is closed. */
	async function pause(ms: number) {
		if (ms > 0) await sleep(ms, closing.signal).catch(() => undefined);
	}

	async function send(answer: Answer, reply: FastifyReply) {
		const { status, headers, body, reset, drip } = answer;
		if (!reset && drip === undefined) return await reply.code(status).headers(headers).send(body);
		reply.hijack();
		if (reset) {
			reply.raw.destroy();
			return;
		}
		reply.raw.writeHead(status, headers);
		const bytes = Buffer.from(body);
		const length = Math.ceil(bytes.length / dripPieces);
		for (let start = 0; start < bytes.length && !reply.raw.destroyed; start += length) {
			reply.raw.write(bytes.subarray(start, start + length));
			await pause(drip ?? 0);
		}
		reply.raw.end();
	}

	const url = await server.listen({ port, host });

	return {
		url,
		model,
		async close() {
			closing.abort();
			await server.close();
		},
	};
}
