// Plain JavaScript, since n8n's lint rules let no TypeScript file read another file.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..', '..');

const readPage = (path) => readFileSync(join(root, path), 'utf8');

module.exports = { readPage };
