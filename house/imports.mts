import { cruise, type IDependency } from 'dependency-cruiser';

/** One import of the shipped code, by the paths from the root of the project. */
export interface Import {
	readonly from: string;
	/** The path of a file, or the name of a module from outside. */
	readonly to: string;
	/** Only a type: gone when the code runs. */
	readonly isType: boolean;
}

export interface Imports {
	readonly files: readonly string[];
	readonly imports: readonly Import[];
	/** Files that import each other in a circle when the code runs, each circle as its path. */
	readonly circles: readonly string[];
}

/** Reads who imports whom in `nodes` and `credentials` of the current folder. */
export async function readImports(): Promise<Imports> {
	const { output } = await cruise(['nodes', 'credentials'], {
		tsPreCompilationDeps: 'specify',
		doNotFollow: { path: 'node_modules' },
		validate: true,
		ruleSet: {
			forbidden: [
				{
					name: 'circle',
					severity: 'error',
					from: {},
					to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
				},
			],
		},
	});
	if (typeof output === 'string') throw new Error('dependency-cruiser gave text instead of a list');
	const ours = output.modules.filter(({ source }) => /^(nodes|credentials)\//.test(source));
	return {
		files: ours.map(({ source }) => source).sort(),
		imports: ours.flatMap(({ source, dependencies }) =>
			dependencies.map((found) => ({
				from: source,
				to: nameOf(found),
				isType: found.dependencyTypes.includes('type-only'),
			})),
		),
		circles: output.summary.violations.map(({ from, cycle = [] }) =>
			[from, ...cycle.map(({ name }) => name)].join(' → '),
		),
	};
}

function nameOf({ module, resolved, coreModule }: IDependency): string {
	if (coreModule) return `node:${module}`;
	return module.startsWith('.') ? resolved : module;
}
