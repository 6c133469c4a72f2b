const { dest, src } = require('gulp');

/** Copies what tsc does not carry into dist: the icons, and the schemas of what each operation puts out. */
function assets() {
	return src(['nodes/**/*.svg', 'nodes/**/__schema__/**/*.json'], {
		base: '.',
		encoding: false,
	}).pipe(dest('dist'));
}

exports.default = assets;
