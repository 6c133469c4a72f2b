const { dest, src } = require('gulp');

/** Copies what tsc does not carry into dist: the icons, beside the code that names them. */
function icons() {
	return src(['nodes/**/*.svg', 'credentials/**/*.svg'], { base: '.', encoding: false }).pipe(
		dest('dist'),
	);
}

exports.default = icons;
