const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { properties } = require('../../nodes/MoEngageCohortSync/properties');
const { CHECK_STATUSES, STATUSES } = require('../../nodes/MoEngageCohortSync/model/outcome');

const readme = readFileSync(join(__dirname, '..', '..', 'README.md'), 'utf8');
const operations = properties.find(({ name }) => name === 'operation').options;

/** Options in the form that the node does not act on yet. Whoever makes one work takes it out here and gives it its row. */
const WITHOUT_EFFECT_YET = [];

/** The rows of the README's table of parameters, as cells. */
function parameterRows() {
	const [, table] = /<!-- parameters -->([^]*)<!-- \/parameters -->/.exec(readme);
	const lines = table.trim().split('\n').slice(2);
	return lines.map((line) =>
		line
			.split('|')
			.slice(1, -1)
			.map((cell) => cell.trim()),
	);
}

function shownFor({ displayOptions: { show = {}, hide = {} } = {} }) {
	const shown = show.operation ?? show['/operation'];
	const hidden = hide.operation ?? hide['/operation'] ?? [];
	const names = operations
		.filter(({ value }) => (shown?.includes(value) ?? true) && !hidden.includes(value))
		.map(({ name }) => name);
	if (names.length === operations.length) return 'all';
	const others = operations.filter(({ name }) => !names.includes(name));
	return others.length === 1 ? `all but ${others[0].name}` : names.join(', ');
}

function defaultText({ type, default: value, options }) {
	if (type === 'options') return options.find((option) => option.value === value).name;
	if (type === 'boolean') return value ? 'on' : 'off';
	if (type === 'collection' || value === '') return '';
	return type === 'string' ? `\`${value.replace(/^=/, '')}\`` : String(value);
}

test('the README lists every field of the node, in order, with what it is shown for and its default', () => {
	const fields = properties
		.filter(({ type }) => !['hidden', 'notice'].includes(type))
		.flatMap((property) =>
			property.type === 'collection' ? [property, ...property.options] : [property],
		)
		.filter(({ name }) => !WITHOUT_EFFECT_YET.includes(name));
	expect(parameterRows().map(([field, shown, value]) => [field, shown, value])).toEqual(
		fields.map((field) => [field.displayName, shownFor(field), defaultText(field)]),
	);
});

test('the README explains every operation and every status', () => {
	const firstCells = readme.split('\n').map((line) => line.split('|')[1]?.trim());
	expect(firstCells).toEqual(expect.arrayContaining(operations.map(({ name }) => name)));
	expect(firstCells).toEqual(
		expect.arrayContaining([...STATUSES, ...CHECK_STATUSES].map((status) => `\`${status}\``)),
	);
});
