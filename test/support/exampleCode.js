// Plain JavaScript, since n8n's lint rules let no TypeScript file run code from a text.
const fs = require('node:fs');
const path = require('node:path');
const { compileFunction } = require('node:vm');

const EXAMPLES = path.join(__dirname, '..', '..', 'examples');

exports.codeOf = (file, name) => {
	const { nodes } = JSON.parse(fs.readFileSync(path.join(EXAMPLES, file), 'utf8'));
	const { jsCode } = nodes.find((node) => node.name === name).parameters;
	const run = compileFunction(jsCode, ['$', '$input']);
	return (input, others = {}) => run((node) => ({ all: () => others[node] }), { all: () => input });
};
