// n8n's own config (eslint.config.mjs, which n8n requires word for word) covers every .ts file with the
// rules for code that runs inside n8n. The .mts files run beside n8n, so they get plain TypeScript rules.
import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
	{ ignores: ['node_modules', 'dist', '.n8n-local'] },
	{
		files: ['**/*.mts'],
		extends: [eslint.configs.recommended, tseslint.configs.strict],
	},
);
