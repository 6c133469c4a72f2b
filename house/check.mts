import { basename } from 'node:path';
import type { Import, Imports } from './imports.mjs';
import { OUTSIDE, ROOMS, TOOLS, TOOLS_SHELL, type Room } from './rooms.mjs';

/** The name of the room that a file belongs to. */
export function roomOf(file: string): string | undefined {
	for (const [name, { files }] of ROOMS) if (files.test(file)) return name;
	return undefined;
}

/** From one room to another; no imports within a room, of the tools that all may use, or from outside. */
export function betweenRooms(imports: readonly Import[]): Import[] {
	return imports.filter(
		({ from, to }) => roomOf(to) !== undefined && !TOOLS.test(from) && roomOf(from) !== roomOf(to),
	);
}

/** Everything about the imports that is against the rules in `rooms.mts`, as sentences. */
export function breaches({ files, imports, circles }: Imports): string[] {
	return [
		...files
			.filter((file) => roomOf(file) === undefined && !TOOLS.test(file))
			.map((file) => `${file} belongs to no room.`),
		...circles.map((circle) => `These files import each other in a circle: ${circle}.`),
		...imports.flatMap((found) => breachOf(found, files)),
		...circleOfRooms(imports),
		...[...ROOMS].flatMap(([name, room]) => staleRules(name, room, imports)),
	];
}

/** Rooms that run each other, which no picture could show as a way. */
function circleOfRooms(imports: readonly Import[]): string[] {
	let left = betweenRooms(imports)
		.filter(({ isType }) => !isType)
		.map(({ from, to }) => [roomOf(from), roomOf(to)] as const);
	// An arrow that nothing leads to, or that leads nowhere further, is part of no circle.
	for (let before = 0; before !== left.length; ) {
		before = left.length;
		const [starts, ends] = [0, 1].map((end) => new Set(left.map((arrow) => arrow[end])));
		left = left.filter(([from, to]) => ends?.has(from) && starts?.has(to));
	}
	const rooms = [...new Set(left.map(([from]) => from))];
	return rooms.length === 0 ? [] : [`These rooms run each other in a circle: ${rooms.join(', ')}.`];
}

function breachOf({ from, to, isType }: Import, files: readonly string[]): string[] {
	const home = roomOf(from);
	const [arrow, verb] = [`${from} → ${to}`, isType ? 'know' : 'run'];
	if (to === 'n8n-workflow') {
		const shell = home === undefined ? TOOLS_SHELL : ROOMS.get(home)?.shell;
		return shell?.includes(basename(from))
			? []
			: [`${arrow}: only the files of the shell know n8n.`];
	}
	const room = roomOf(to);
	if (room === undefined) {
		return OUTSIDE.has(to) || files.includes(to)
			? []
			: [
					`${arrow}: the shipped code imports nothing but its own files, n8n-workflow and node:crypto.`,
				];
	}
	if (home === room) return [];
	const rules = home === undefined ? undefined : ROOMS.get(home);
	const allowed = isType ? [...(rules?.runs ?? []), ...(rules?.knows ?? [])] : (rules?.runs ?? []);
	return allowed.includes(room) ? [] : [`${arrow}: ${home ?? from} may not ${verb} ${room}.`];
}

/** Rules that nobody makes use of any more: they would let something in unseen. */
function staleRules(
	name: string,
	{ runs, knows, shell }: Room,
	imports: readonly Import[],
): string[] {
	const mine = imports.filter(({ from }) => roomOf(from) === name);
	const reaches = (room: string, isType?: boolean) =>
		mine.some((found) => roomOf(found.to) === room && (isType ?? found.isType) === found.isType);
	const knowN8n = new Set(
		mine.filter(({ to }) => to === 'n8n-workflow').map(({ from }) => basename(from)),
	);
	return [
		...runs.filter((room) => !reaches(room, false)).map((room) => `${name} no longer runs ${room}`),
		...knows.filter((room) => !reaches(room)).map((room) => `${name} no longer knows ${room}`),
		...shell.filter((file) => !knowN8n.has(file)).map((file) => `${file} no longer knows n8n`),
	].map((what) => `${what}: take it out of house/rooms.mts.`);
}
