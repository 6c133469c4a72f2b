import { loginOf, SECRET, textsIn } from '../support/account';
import { log } from '../support/n8nParts';
import { VirtualN8n } from '../support/virtualNode';

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

test('an answer in no form of its own shows nothing of itself', async () => {
	const n8n = new VirtualN8n(1);
	for (const body of [SECRET, `<html>${SECRET}</html>`, JSON.stringify(SECRET), `["${SECRET}`]) {
		n8n.model.fault({ status: 400, body, times: 1 });
		const result = await n8n.run({ items: [{ uid: 'u-1' }] });
		expect(result.thrown?.message).toBe('The request was rejected (status 400).');
		expect(textsIn(result).join('\n')).not.toContain('Hush');
	}
});
