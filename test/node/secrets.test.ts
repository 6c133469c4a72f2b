import { loginOf, SECRET, textsIn } from '../support/account';
import { log } from '../support/n8nParts';
import { VirtualN8n } from '../support/virtualNode';
import type { TestWorkflow } from '../support/workflow';

/** The key in every form in which a server or a proxy may echo what it was sent. */
function formsOf(appId: string): Record<string, string> {
	const login = loginOf(appId);
	return {
		key: SECRET,
		'key in JSON': JSON.stringify(SECRET).slice(1, -1),
		'key in a URL': encodeURIComponent(SECRET),
		header: `Authorization: Basic ${login}`,
		'login without its padding': login.replace(/=+$/, ''),
		'login in a URL': encodeURIComponent(login),
	};
}

/** Where MoEngage's words stand in its answers. */
const PLACES: Record<string, (words: string) => object> = {
	message: (message) => ({ status: 'fail', error: { message } }),
	'request ID': (request_id) => ({ status: 'fail', error: { message: 'No', request_id } }),
	attribute: (attribute) => ({ status: 'fail', error: { message: 'No', attribute } }),
	type: (type) => ({ status: 'fail', error: { message: 'No', type } }),
	'error itself': (error) => ({ error }),
	'message at the top': (message) => ({ message }),
};

const FORMS = Object.keys(formsOf(''));

describe.each(Object.keys(PLACES))('where the %s of an answer echoes', (place) => {
	test.each(FORMS)('the %s, it is nowhere', async (name) => {
		const n8n = new VirtualN8n(1);
		const forms = formsOf(n8n.appId);
		const echo = `Seen: ${forms[name]} there.`;
		log.length = 0;
		const results = [];
		for (const onError of ['stopWorkflow', 'continueErrorOutput'] as const) {
			for (const status of [200, 400, 401, 422, 500]) {
				n8n.model.fault({ status, body: JSON.stringify(PLACES[place]?.(echo)) });
				results.push(
					await n8n.run({
						items: [{ uid: 'u-1' }],
						onError,
						parameters: {
							options: { maxRetries: 0, output: status === 422 ? 'summary' : 'items' },
						},
					}),
				);
			}
		}
		const text = textsIn([results, log]).join('\n');
		for (const secret of Object.values(forms)) expect(text).not.toContain(secret);
		// What was struck out has left its mark, where the place is shown at all.
		if (/message|request|error/.test(place)) expect(text).toMatch(/Seen: .*\*\*\*/);
	});
});

describe('a user lookup', () => {
	const LOOKUPS: Record<string, Partial<TestWorkflow>> = {
		'Check Users': { parameters: { operation: 'check', options: { maxRetries: 0 } } },
		'Look Up Users First': { parameters: { options: { maxRetries: 0, lookUp: 20 } } },
		'Look Up Users First with a limit': {
			parameters: { options: { maxRetries: 0, lookUp: 20, unknownLimit: 10 } },
		},
	};

	test.each(Object.keys(LOOKUPS))(
		'%s leaves the key nowhere, whatever the answer echoes',
		async (name) => {
			const n8n = new VirtualN8n(1);
			const forms = formsOf(n8n.appId);
			log.length = 0;
			const results = [];
			for (const onError of ['stopWorkflow', 'continueErrorOutput'] as const) {
				for (const status of [200, 400, 401, 403, 409, 500]) {
					for (const echo of Object.values(forms)) {
						const error = { message: `Seen: ${echo} there.`, attribute: echo, type: echo };
						const user = { user_attributes: { customer_id: echo, email: echo } };
						const data = { users: [user], users_not_found: [{ identifier: echo }] };
						const body = JSON.stringify({ status: 'success', error, data });
						n8n.model.fault({ status, body, when: ({ endpoint }) => endpoint === 'getUser' });
						results.push(await n8n.run({ items: [{ uid: 'u-1' }], onError, ...LOOKUPS[name] }));
					}
				}
			}
			expect(n8n.model.requests.some(({ endpoint }) => endpoint === 'getUser')).toBe(true);
			const text = textsIn([results, log]).join('\n');
			for (const secret of Object.values(forms)) expect(text).not.toContain(secret);
			if (name === 'Check Users') expect(text).toMatch(/Seen: .*\*\*\*/);
		},
	);

	test.each(Object.keys(LOOKUPS))('%s leaves no attribute of a user anywhere', async (name) => {
		const attributes = { email: 'jane@private.example', phone: '+4912345' };
		const n8n = new VirtualN8n(2, { known: [{ uid: 'u-1', attributes }] });
		// As if MoEngage sent everything although one field was asked for.
		n8n.model.fault({
			status: 200,
			body: JSON.stringify({
				status: 'success',
				data: {
					users: [{ user_attributes: { customer_id: 'u-1', ...attributes } }],
					users_not_found: [],
				},
			}),
			when: ({ endpoint }) => endpoint === 'getUser',
		});
		log.length = 0;
		const result = await n8n.run({ items: [{ uid: 'u-1' }], ...LOOKUPS[name] });
		expect(result.status).toBe('success');
		const text = textsIn([result, log, n8n.saved]).join('\n');
		for (const value of Object.values(attributes)) expect(text).not.toContain(value);
	});
});

test('an answer in no form of its own shows nothing of itself', async () => {
	const n8n = new VirtualN8n(1);
	for (const body of [SECRET, `<html>${SECRET}</html>`, JSON.stringify(SECRET), `["${SECRET}`]) {
		n8n.model.fault({ status: 400, body, times: 1 });
		const result = await n8n.run({ items: [{ uid: 'u-1' }] });
		expect(result.thrown?.message).toBe('The request was rejected (status 400).');
		expect(textsIn(result).join('\n')).not.toContain('Hush');
	}
});
