import fc from 'fast-check';
import type { IDataObject } from 'n8n-workflow';
import { SECRET, textsIn } from '../support/account';
import { VirtualN8n } from '../support/virtualNode';

/** What spreadsheets, webhooks and people with bad intentions put into fields. */

const WORDS = [
	'',
	' \t\r\n\u00a0\u2003\ufeff',
	' \n padded\u00a0',
	'null',
	'undefined',
	'NaN',
	'true',
	'0',
	'-0',
	'1e21',
	'__proto__',
	'constructor',
	'toString',
	'hasOwnProperty',
	'[object Object]',
	'ENOENT',
	'user EPERMANENT',
	'ECONNRESET ETIMEDOUT GETADDRINFO',
	'={{ 6 * 7 }}',
	'{{ $json.uid }}',
	'={{ $env.HOME }}',
	'${6 * 7}',
	'<script>alert(1)</script>',
	`'; DROP TABLE users; --`,
	'=HYPERLINK("https://evil.example.com")',
	'"quoted" \\ and \\u0000 and \\n',
	'line\nbreak\ttab\u0000nul\u001besc\u007f',
	'\u202eright to left\u202c',
	'\ud800 lone \udc00',
	'👩‍👩‍👧‍👦 é e\u0301',
	'pаypal', // with a Cyrillic letter
	'a,b~c%d%2c%7e',
	'x'.repeat(200_000),
	'€'.repeat(45_000),
];

const VALUES: unknown[] = [
	...WORDS,
	undefined,
	null,
	true,
	false,
	0,
	-0,
	-5,
	1.5,
	1e21,
	2 ** 53 - 1,
	2 ** 53,
	-(2 ** 53),
	Number.MIN_VALUE,
	NaN,
	Infinity,
	-Infinity,
	[],
	['u-1'],
	{},
	{ uid: 'u-1' },
	{ toString: 'u-1', valueOf: 'u-1' },
	JSON.parse('{"__proto__": {"uid": "u-1"}}'),
	new Date('2026-11-23T10:00:00Z'),
	new Date(NaN),
];

const values = fc.oneof(
	{ weight: 3, arbitrary: fc.constantFrom(...VALUES) },
	{ weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
	{ weight: 1, arbitrary: fc.jsonValue() },
	{ weight: 2, arbitrary: fc.nat(5).map((number) => `u-${number}`) },
);

function isJsonList(text: string): boolean {
	try {
		return typeof JSON.parse(text) === 'object' && text !== 'null';
	} catch {
		return false;
	}
}

/** What the contract makes of a value: a text or a whole number, trimmed. */
function identifierOf(value: unknown): string | undefined {
	if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined;
	const text = typeof value === 'string' ? value.trim() : '';
	if (text.includes('[object Object]') || isJsonList(text)) return undefined;
	return ['', 'null', 'undefined', 'NaN'].includes(text) ? undefined : text;
}

/** The same for a user, of the values above: an ID that stands for nobody counts as empty. */
function userIdOf(value: unknown): string | undefined {
	const text = identifierOf(value);
	return text === undefined || /^(true|false|[0-]+)$/.test(text) ? undefined : text;
}

/** A number that may be a customer's where it comes once, though it stands for nobody. */
const DOUBTFUL = '0';

const FIELDS = {
	userId: '={{ $json.uid }}',
	anonymousId: '={{ $json.anonymous_id }}',
	membership: '={{ $json.is_member }}',
	changedAt: '={{ $json.at }}',
	cohortId: '={{ $json.id }}',
	cohortName: '={{ $json.name }}',
	options: { cohortDescription: '={{ $json.about }}', partner: '={{ $json.from }}' },
};

const GOOD = { uid: 'u-1', is_member: true, id: 'vip', name: 'VIP', about: '', from: 'n8n' };

const items = fc.array(
	fc
		.tuple(
			fc.dictionary(
				fc.constantFrom('uid', 'anonymous_id', 'is_member', 'at', 'id', 'name', 'about', 'from'),
				values,
				{ maxKeys: 2 },
			),
			fc.nat(50),
		)
		.map(([strange, who]) => ({ ...GOOD, uid: `u-${who}`, ...strange }) as IDataObject),
	{ minLength: 1, maxLength: 12 },
);

/** True for an item of which only the identifiers are strange, and the one that counts is good. */
function isUsable({ uid, anonymous_id, ...rest }: IDataObject): boolean {
	const identifier = userIdOf(uid) ?? userIdOf(anonymous_id);
	return (
		JSON.stringify({ uid: GOOD.uid, ...rest }) === JSON.stringify(GOOD) &&
		identifier !== undefined &&
		Buffer.byteLength(JSON.stringify(identifier)) < 100_000
	);
}

test('whatever an item holds, it comes to a member as it reads or to a sentence, and stops no other', async () => {
	await fc.assert(
		fc.asyncProperty(
			items,
			fc.constantFrom('add', 'update', 'mirror'),
			async (input, operation) => {
				const n8n = new VirtualN8n(1);
				const { thrown, success, hints } = await n8n.run({
					items: input,
					onError: 'continueRegularOutput',
					parameters: { ...FIELDS, operation },
				});
				expect(thrown).toBeUndefined();
				expect(success).toHaveLength(input.length);
				// What all requests of the cohort have to carry comes from any of its items.
				const isCohortSound = input.every(({ id, name, about, from }) =>
					identifierOf(id) === 'vip'
						? name === 'VIP' && JSON.stringify([about, from]).length < 10_000
						: identifierOf(name) !== 'VIP',
				);
				success.forEach(({ json, pairedItem }, item) => {
					const given = input[item] ?? {};
					expect(pairedItem).toEqual({ item });
					if (json['error'] !== undefined) {
						expect(json['error']).toMatch(/^[A-Z'].*\.$/s);
						expect(['invalid', 'not_sent']).toContain(json['message']);
						const newer = /^Item (\d+) \(counted from 0\) is for the same user/.exec(
							String(json['error']),
						);
						if (newer === null) expect(isCohortSound && isUsable(given)).toBe(false);
						else
							expect([operation, isUsable(input[Number(newer[1])] ?? {})]).toEqual([
								'update',
								false,
							]);
						return;
					}
					expect(['accepted', 'superseded']).toContain(json['status']);
					const { uid, anonymous_id } = given;
					const known = [userIdOf(uid), userIdOf(anonymous_id)];
					if (known[0] !== undefined) expect(json['uid']).toBe(known[0]);
					else if (known[1] !== undefined) expect(json['anonymous_id']).toBe(known[1]);
					else expect(json['uid'] ?? json['anonymous_id']).toBe(DOUBTFUL);
					expect(json['cohort_id']).toBe(identifierOf(given['id']));
				});
				for (const { bytes, change } of n8n.model.requests) {
					expect(bytes).toBeLessThanOrEqual(128_000);
					expect(change).toBeDefined();
				}
				expect(textsIn([success, hints]).join()).not.toContain(SECRET);
			},
		),
		{ numRuns: 120 },
	);
}, 180_000);

/** One run for all words, each as a member of its own. */
async function sendWords(field: 'uid' | 'anonymous_id') {
	const n8n = new VirtualN8n(1);
	const { success } = await n8n.run({
		items: WORDS.map((word) => ({ [field]: word })),
		onError: 'continueRegularOutput',
	});
	return { n8n, json: success.map((item) => item.json) };
}

test.each(['uid', 'anonymous_id'] as const)(
	'every text arrives as %s just as it is, and no expression in it is worked out',
	async (field) => {
		const { n8n, json } = await sendWords(field);
		const taken = WORDS.filter(
			(word) =>
				(userIdOf(word) !== undefined || word === DOUBTFUL) && Buffer.byteLength(word) < 128_000,
		);
		const arrived = n8n.model.requests.flatMap(({ members }) => members.map((one) => one[field]));
		expect(new Set(arrived)).toEqual(new Set(taken.map((word) => word.trim())));
		expect(json.filter(({ status }) => status === 'accepted')).toHaveLength(taken.length);
	},
);

test('every text that may be a cohort name arrives as it is; the others are refused in words', async () => {
	const forbidden = [...'|*?\\:<>=$"'].map((sign) => `VIP ${sign}`);
	const names = [
		...forbidden,
		...WORDS,
		'Größte Kunden',
		'Лучшие клиенты',
		'最佳客户',
		'أفضل العملاء',
		'लाभ',
		'ลูกค้า',
	];
	const n8n = new VirtualN8n(1);
	const { success } = await n8n.run({
		items: names.map((name, index) => ({ ...GOOD, id: `c-${index}`, name })),
		parameters: FIELDS,
		onError: 'continueRegularOutput',
	});
	const sent = n8n.model.requests.map(({ change }) => change?.parameters.cohort_name);
	names.forEach((name, item) => {
		const error = success[item]?.json['error'];
		const isTaken =
			identifierOf(name) !== undefined && !/^\s*\.|[|*?\\:<>=$"]/.test(name) && name.length <= 200;
		expect([name.slice(0, 50), isTaken ? error : 'refused']).toEqual([
			name.slice(0, 50),
			isTaken ? undefined : 'refused',
		]);
		if (isTaken) expect(sent).toContain(name.trim());
		else expect(error).toMatch(/^'Cohort Name' /);
	});
});

describe('a title stays as it is', () => {
	test.each(['ENOENT', 'user EPERMANENT', 'ECONNRESET ETIMEDOUT'])(
		'though a cohort is called %s, as n8n calls system errors',
		async (name) => {
			const n8n = new VirtualN8n(1);
			const mirror = async (count: number) =>
				await n8n.run({
					items: Array.from({ length: count }, (_, index) => ({ uid: `${name}-${index}` })),
					parameters: { operation: 'mirror', cohortName: name, cohortId: name },
				});
			await mirror(40);
			const { thrown } = await mirror(5);
			expect(thrown?.message).toMatch(
				`This run would remove 35 of 40 members from the cohort "${name}" (87.5%)`,
			);
			n8n.model.fault({ status: 400, body: `{"error":{"message":"${name}","attribute":"uid"}}` });
			const { thrown: refused } = await n8n.run({ items: [{ uid: 'u-1' }] });
			expect(refused?.message).toBe('MoEngage rejected this member.');
			expect(refused?.description).toContain(`MoEngage says: "${name}".`);
		},
	);
});

describe('field names that every object has', () => {
	const item = JSON.parse(
		'{"__proto__":{"uid":"u-proto"},"constructor":"u-c","toString":{"id":"u-t"},"a":{"b":null},"list":[null,{"id":7}]}',
	) as IDataObject;

	test.each([
		['={{ $json.constructor }}', undefined],
		['={{ $json["constructor"] }}', undefined],
		['={{ $json.__proto__.uid }}', undefined],
		['={{ $json.toString.id }}', 'u-t'],
		['={{ $json.hasOwnProperty }}', undefined],
		['={{ $json.a.b.c.d }}', undefined],
		['={{ $json.list[0].id }}', undefined],
		['={{ $json.list[1].id }}', '7'],
		['={{ $json.list[9].id }}', undefined],
		['={{ $json.list.length }}', '2'],
	])('%s gives %s', async (userId, uid) => {
		const n8n = new VirtualN8n(1);
		const { success, thrown } = await n8n.run({
			items: [item],
			parameters: { userId },
			onError: 'continueRegularOutput',
		});
		expect(thrown).toBeUndefined();
		if (uid === undefined) expect(success).toMatchObject([{ json: { message: 'invalid' } }]);
		else expect(success).toMatchObject([{ json: { status: 'accepted', uid } }]);
		expect(n8n.model.requests).toHaveLength(uid === undefined ? 0 : 1);
	});
});
