// n8n finds the node and the credential through package.json's "n8n" section; this serves everyone else.
module.exports = {
	...require('./dist/credentials/MoEngageApi.credentials.js'),
	...require('./dist/nodes/MoEngageCohortSync/MoEngageCohortSync.node.js'),
};
