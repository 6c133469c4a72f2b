import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

// MoEngage's side of a comparison, in a process of its own: it reads each body whole, counts it and answers
// as MoEngage does. The emulator would check every member against MoEngage's schema and remember it, and so
// take longer than the senders that are compared here.

/** What one address of the receiver was sent since it was last asked. */
export interface Received {
	readonly requests: number;
	readonly members: number;
	readonly bytes: number;
}

const ACCEPTED = JSON.stringify({
	status: 'success',
	message: 'Your request has been accepted and will be processed soon.',
});

/** Listens, and answers every POST after `latencyMs`. A GET gives and forgets what was received. */
async function listen(latencyMs: number): Promise<string> {
	let received: Received = { requests: 0, members: 0, bytes: 0 };
	const server = createServer(async (request, response) => {
		if (request.method === 'GET') {
			response.end(JSON.stringify(received));
			received = { requests: 0, members: 0, bytes: 0 };
			return;
		}
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		if (latencyMs > 0) await sleep(latencyMs);
		response.setHeader('content-type', 'application/json');
		response.end(ACCEPTED);
		const body = Buffer.concat(chunks);
		received = {
			requests: received.requests + 1,
			members: received.members + countMembers(body),
			bytes: received.bytes + body.length,
		};
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	return `http://127.0.0.1:${port}`;
}

/** The members of a request, which has no other text of this form in it. */
function countMembers(body: Buffer): number {
	let count = 0;
	for (let at = body.indexOf('"uid"'); at !== -1; at = body.indexOf('"uid"', at + 5)) count++;
	return count;
}

const urls: string[] = [];
for (const latency of process.argv.slice(2)) urls.push(await listen(Number(latency)));
process.on('disconnect', () => process.exit());
process.send?.(urls);
