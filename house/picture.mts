import { basename } from 'node:path';
import { markdownTable } from 'markdown-table';
import { betweenRooms, roomOf } from './check.mjs';
import type { Imports } from './imports.mjs';
import { ROOMS } from './rooms.mjs';

/** The rooms and who runs whom as a Mermaid diagram, and a table of what is in them. */
export function drawPicture({ files, imports }: Imports): string {
	const arrows = new Set(
		betweenRooms(imports)
			.filter(({ isType }) => !isType)
			.map(({ from, to }) => `\t${idOf(roomOf(from))} --> ${idOf(roomOf(to))}`),
	);
	const boxes = [...ROOMS].map(
		([name, { does }]) => `\t${idOf(name)}["<b>${name}</b><br>${does}"]`,
	);
	const rows = [...ROOMS].map(([name, { does, shell }]) => [
		`\`${name}\``,
		does,
		files
			.filter((file) => roomOf(file) === name)
			.map((file) => basename(file))
			.map((file) => (shell.includes(file) ? `**${file}**` : file))
			.join(', '),
	]);
	return [
		'```mermaid',
		'flowchart TD',
		...boxes,
		...[...arrows].sort(),
		'```',
		'',
		markdownTable([['Room', 'What it does', 'Files (bold: they know n8n)'], ...rows]),
	].join('\n');
}

function idOf(room = ''): string {
	return room.replace('.', '_');
}
