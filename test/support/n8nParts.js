// Plain JavaScript, since n8n's own copies of its parts have to be looked up from where n8n-core is, and
// n8n's lint rules let no TypeScript file use Node's streams.
const { Readable } = require('node:stream');

const from = { paths: [require.resolve('n8n-core')] };
const { Logger } = require(require.resolve('@n8n/backend-common', from));
const { Container } = require(require.resolve('@n8n/di', from));
const { LoggerProxy } = require(require.resolve('n8n-workflow', from));

const log = [];
const write = (...line) => void log.push(line);
const logger = { error: write, warn: write, info: write, debug: write, scoped: () => logger };
Container.set(Logger, logger);
LoggerProxy.init(logger);

module.exports = {
	log,
	axios: require(require.resolve('axios', from)),
	answerBody: (pieces) => Readable.from(pieces),
};
