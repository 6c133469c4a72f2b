// The link check: every link between the Markdown files leads to a file, and to a heading in it, that is there.
// Full addresses of this repository count as such links too. No network is asked.
import { readFileSync } from 'node:fs';
import remarkGfm from 'remark-gfm';
import remarkValidateLinks from 'remark-validate-links';

const { repository } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

export default {
	plugins: [
		remarkGfm,
		[remarkValidateLinks, { root: '.', repository: repository.url.replace(/^git\+|\.git$/g, '') }],
	],
};
