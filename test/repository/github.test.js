const { execFileSync } = require('node:child_process');
const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { parse } = require('yaml');
const { engines, repository } = require('../../package.json');

const root = join(__dirname, '..', '..');
const read = (file) => readFileSync(join(root, '.github', file), 'utf8');
const filesIn = (folder) =>
	readdirSync(join(root, '.github', folder)).map((name) => `${folder}/${name}`);

const workflows = filesIn('workflows').map((file) => [file, parse(read(file))]);
const jobs = workflows.flatMap(([file, { jobs }]) =>
	Object.entries(jobs).map(([name, job]) => [`${file}: ${name}`, job]),
);
const actions = workflows.flatMap(([file]) =>
	[...read(file).matchAll(/uses: (.+)/g)].map(([, action]) => action),
);

test.each(workflows)('%s is a workflow that GitHub understands', (file) => {
	const validator = join(root, 'node_modules', '@action-validator', 'cli', 'cli.mjs');
	execFileSync(process.execPath, [validator, join(root, '.github', file)], { stdio: 'pipe' });
});

test.each(workflows)('%s states what it may do, and does not run twice at once', (_, workflow) => {
	expect([{}, { contents: 'read' }]).toContainEqual(workflow.permissions);
	expect(workflow.concurrency.group).toBeTruthy();
});

test.each(jobs)('%s ends in time, keeps no credentials and runs no text from outside', (_, job) => {
	if (job.uses === undefined) expect(job['timeout-minutes']).toBeGreaterThan(0);
	for (const { uses = '', with: inputs, run = '' } of job.steps ?? []) {
		if (uses.startsWith('actions/checkout@')) expect(inputs['persist-credentials']).toBe(false);
		expect(run).not.toContain('${{');
	}
});

test('only the last steps of publishing may write, and the one with the key to npm runs no code of ours', () => {
	const writers = jobs
		.filter(([, { permissions = {} }]) => Object.values(permissions).includes('write'))
		.map(([name, { permissions }]) => [name, permissions]);
	expect(writers).toEqual([
		['workflows/publish.yml: publish', { 'id-token': 'write' }],
		['workflows/publish.yml: announce', { contents: 'write' }],
	]);
	const { publish } = Object.fromEntries(workflows)['workflows/publish.yml'].jobs;
	expect(publish.environment).toBe('npm');
	expect(publish.steps.map(({ uses, run }) => uses?.split('@')[0] ?? run)).toEqual([
		'actions/setup-node',
		'actions/download-artifact',
		expect.stringMatching(/^npm publish \S+\.tgz --provenance --access public --ignore-scripts$/),
	]);
});

test('every action is pinned to a commit, one commit for each, with its version beside it', () => {
	expect(actions.length).toBeGreaterThan(5);
	const pins = actions.filter((action) => !action.startsWith('./'));
	for (const pin of pins) expect(pin).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
	expect(new Set(pins).size).toBe(new Set(pins.map((pin) => pin.split('@')[0])).size);
});

test('the checks run on the oldest Node.js that the package names, and on all even ones since', () => {
	const { matrix } = Object.fromEntries(workflows)['workflows/ci.yml'].jobs.checks.strategy;
	expect(`>=${matrix.node[0]}`).toBe(engines.node);
	matrix.node.forEach((node, index) => expect(node).toBe(matrix.node[0] + 2 * index));
});

test('the end-to-end tests run in all of their parts', () => {
	const parts = readFileSync(join(root, 'test', 'e2e', 'parts.mts'), 'utf8');
	const { matrix } = Object.fromEntries(workflows)['workflows/ci.yml'].jobs['end-to-end'].strategy;
	expect(matrix.part).toEqual([...parts.matchAll(/\{ name: '(.+?)'/g)].map(([, name]) => name));
});

const forms = filesIn('ISSUE_TEMPLATE').filter((file) => !file.endsWith('config.yml'));

test.each(forms)('%s is a form that GitHub understands', (file) => {
	const { name, description, body } = parse(read(file));
	expect([typeof name, typeof description]).toEqual(['string', 'string']);
	const fields = body.filter(({ type }) => type !== 'markdown');
	expect(fields.length).toBeGreaterThan(0);
	expect(new Set(fields.map(({ id }) => id)).size).toBe(fields.length);
	for (const { type, id, attributes } of fields) {
		expect(['textarea', 'input', 'dropdown']).toContain(type);
		expect(id).toMatch(/^[a-z]+$/);
		expect(attributes.label).toBeTruthy();
		for (const option of attributes.options ?? []) expect(typeof option).toBe('string');
	}
});

test('issues are reported to the repository that package.json names', () => {
	const [, address] = /^git\+(.+)\.git$/.exec(repository.url);
	const { contact_links: links } = parse(read('ISSUE_TEMPLATE/config.yml'));
	expect(links[0].url).toBe(`${address}/security/policy`);
});

test('Dependabot looks after the packages and the actions', () => {
	const { version, updates } = parse(read('dependabot.yml'));
	expect(version).toBe(2);
	expect(updates.map((update) => update['package-ecosystem'])).toEqual(['npm', 'github-actions']);
});
