import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { after, before, test } from 'node:test';
import { createProxy } from 'proxy';
import { generate } from 'selfsigned';
import { startEmulator, type Emulator } from '../../emulator/server.js';
import type { Credential, Execution } from '../../local-n8n/client.mjs';
import { startN8n, type Instance } from '../../local-n8n/instance.mjs';
import { workflowWith } from './workflow.mjs';

/** n8n at its most verbose log level and behind an HTTP proxy, and servers that only pretend to be MoEngage. */

const APP = 'APP-of-this-test';
const SECRET = 'Hush-"this"/is+the-secret-key';
const LOGIN = Buffer.from(`${APP}:${SECRET}`).toString('base64').replace(/=+$/, '');
const MEMBER = 'member-whom-no-log-may-name';

let n8n: Instance;
let emulator: Emulator;
/** The requests that the proxy received. */
const proxied: string[] = [];
const servers: Server[] = [];

before(async () => {
	emulator = await startEmulator({ appId: APP, secret: SECRET });
	const proxy = createProxy(createServer());
	proxy.prependListener('request', ({ url }) => proxied.push(String(url)));
	proxy.prependListener('connect', ({ url }) => proxied.push(String(url)));
	const proxyUrl = `http://${await listening(proxy)}`;
	n8n = await startN8n({
		name: 'e2e-network',
		dataFolder: tmpdir(),
		report: console.log,
		settings: { N8N_LOG_LEVEL: 'debug', HTTP_PROXY: proxyUrl, HTTPS_PROXY: proxyUrl },
	});
	console.log(`n8n is up. Its log: ${n8n.log}`);
});

after(async () => {
	await n8n?.stop();
	await emulator?.close();
	for (const server of servers) {
		server.closeAllConnections();
		server.close();
	}
});

/** Starts a local server, which is stopped after the tests. */
async function listening(server: Server) {
	servers.push(server);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server with a self-signed certificate. */
async function selfSigned(onRequest: RequestListener) {
	const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }]);
	return `https://${await listening(createTlsServer({ key, cert }, onRequest))}`;
}

function credentialFor(customUrl: string): Credential {
	return {
		name: `MoEngage at ${customUrl}`,
		type: 'moEngageApi',
		data: { appId: APP, secretKey: SECRET, dataCenter: 'custom', customUrl },
	};
}

async function run(customUrl: string, options = {}): Promise<Execution> {
	const { client } = n8n;
	const credential = await client.createCredential(credentialFor(customUrl));
	const rows = [{ id: MEMBER }];
	const parameters = {
		cohortId: 'vip',
		cohortName: 'VIP',
		userId: '={{ $json.id }}',
		options: { maxRetries: 0, ...options },
	};
	return client.run(await client.createWorkflow(workflowWith({ rows, parameters, credential })));
}

/** Clicks Test on a credential. */
async function testOf(customUrl: string) {
	const credential = credentialFor(customUrl);
	const { id } = await n8n.client.createCredential(credential);
	return n8n.client.testCredential(id, credential);
}

/** Checks that a text does not contain the key, whether unchanged, in JSON, or as in the header. */
function assertNoSecret(text: string, where: string) {
	const inJson = JSON.stringify(SECRET).slice(1, -1);
	for (const secret of [SECRET, inJson, JSON.stringify(inJson).slice(1, -1), LOGIN]) {
		assert.ok(!text.includes(secret), `the secret is in ${where}`);
	}
}

test('requests and the credential test go through the proxy that n8n is configured to use', async () => {
	const execution = await run(emulator.url);
	assert.equal(execution.status, 'success');
	assert.deepEqual(emulator.model.memberIds('vip'), [MEMBER]);
	assert.ok(proxied.includes(`${emulator.url}/v1/integrations/cohortsync`));

	assert.equal((await testOf(emulator.url)).status, 'OK');
	assert.ok(proxied.includes(`${emulator.url}/v1/integrations/authentication`));
	assertNoSecret(execution.text, 'the execution');
});

test('a certificate from an unknown authority is refused with a clear message', async () => {
	let requests = 0;
	const url = await selfSigned((_request, response) => {
		requests++;
		response.end('{"status":"success"}');
	});
	const { status, data, text } = await run(url);
	assert.equal(status, 'error');
	const { message, description } = data.resultData.error ?? {};
	assert.equal(
		message,
		"The server's security certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT), so the request was not sent.",
	);
	assert.match(String(description), /Ask your network administrator/);
	assertNoSecret(text, 'the execution');
	assert.equal((await testOf(url)).status, 'Error');
	assert.equal(requests, 0);
});

test('a login page is not mistaken for MoEngage, either in a run or in the credential test', async () => {
	const page = createServer((_request, response) => {
		response.setHeader('content-type', 'text/html').end('<html>Log in</html>');
	});
	const url = `http://${await listening(page)}`;
	const { data } = await run(url);
	assert.match(
		String(data.resultData.error?.message),
		/^The response \(status 200\) does not confirm that the request was accepted/,
	);
	assert.deepEqual(await testOf(url), {
		status: 'Error',
		message:
			"The response is not from MoEngage. It may come from a proxy or a login page. Check 'Data Center', and 'Custom URL' if you use it.",
	});
});

test('the credential test does not follow redirects', async () => {
	let followed = 0;
	const elsewhere = createServer((_request, response) => {
		followed++;
		response.end('{"status":"success"}');
	});
	const location = `http://${await listening(elsewhere)}/`;
	const server = createServer((_request, response) => {
		response.writeHead(307, { location }).end();
	});
	const { status } = await testOf(`http://${await listening(server)}`);
	assert.equal(status, 'Error');
	assert.equal(followed, 0);
});

test('the key is in no stored execution, no log and no page, although every server echoes it', async () => {
	const echo = `The header was Basic ${LOGIN}==, the key ${SECRET}`;
	for (const status of [200, 400, 401, 403, 429, 500]) {
		const error = { message: `${MEMBER} is no user. ${echo}`, type: echo, request_id: echo };
		emulator.model.fault({ status, body: JSON.stringify({ status: 'fail', error }) });
		const { text, status: ended } = await run(emulator.url);
		assert.equal(ended, 'error');
		assertNoSecret(text, `the execution with status ${status}`);
	}
	for (const path of ['/', '/state.json']) {
		assertNoSecret(await (await fetch(emulator.url + path)).text(), `the emulator's ${path}`);
	}
	const log = await readFile(n8n.log, 'utf8');
	assert.match(log, /debug/i);
	assertNoSecret(log, "n8n's log");
	assert.ok(!log.includes(MEMBER), "n8n's log names a member");
});
