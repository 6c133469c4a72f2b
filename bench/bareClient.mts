import { Agent, request } from 'node:http';

/** What the bare client is compared by: the same as the node's settings. */
const PAYLOAD_LIMIT = 128_000;
const PARALLEL_REQUESTS = 5;

interface Target {
	readonly url: string;
	readonly appId: string;
	readonly secret: string;
}

/**
 * What a good engineer would write for one audience and throw away: packs members by bytes and posts them
 * over five connections that are kept open. It has no rate window, no retries, no check of the identifiers,
 * no search for duplicates and no result for each item.
 */
export async function sendBare(uids: readonly string[], target: Target): Promise<void> {
	const bodies = pack(uids);
	const agent = new Agent({ keepAlive: true, maxSockets: PARALLEL_REQUESTS });
	let next = 0;
	const sendOn = async () => {
		for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
			await post(agent, target, body);
		}
	};
	await Promise.all(Array.from({ length: PARALLEL_REQUESTS }, sendOn));
	agent.destroy();
}

function pack(uids: readonly string[]): string[] {
	const [head, tail] = [
		`{"action":"add_members","timestamp":"${new Date().toISOString()}","partner":"n8n","parameters":{"cohort_name":"VIP","cohort_id":"vip","members":[`,
		']}}',
	];
	const room = PAYLOAD_LIMIT - Buffer.byteLength(head + tail);
	const bodies: string[] = [];
	let members: string[] = [];
	let bytes = 0;
	for (const uid of uids) {
		const member = `{"uid":${JSON.stringify(uid)}}`;
		const size = Buffer.byteLength(member) + 1;
		if (bytes + size - 1 > room) {
			bodies.push(head + members.join(',') + tail);
			members = [];
			bytes = 0;
		}
		members.push(member);
		bytes += size;
	}
	if (members.length > 0) bodies.push(head + members.join(',') + tail);
	return bodies;
}

async function post(agent: Agent, { url, appId, secret }: Target, body: string): Promise<void> {
	await new Promise<void>((resolve, reject) => {
		const sent = request(
			`${url}/v1/integrations/cohortsync`,
			{
				method: 'POST',
				agent,
				auth: `${appId}:${secret}`,
				headers: {
					'content-type': 'application/json',
					'content-length': Buffer.byteLength(body),
					'moe-appkey': appId,
				},
			},
			(response) => {
				response.resume().on('end', () => {
					if (response.statusCode === 200) resolve();
					else reject(new Error(`The receiver answered ${response.statusCode}.`));
				});
			},
		);
		sent.on('error', reject).end(body);
	});
}
