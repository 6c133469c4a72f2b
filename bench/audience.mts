import { createHash } from 'node:crypto';

/** The kinds of identifiers that are compared, each made from a number. */
export const ID_KINDS = {
	'10 digits': (index: number) => String(1_000_000_000 + index),
	'24 characters': (index: number) => digest(index).slice(0, 24),
	'36 characters': (index: number) =>
		digest(index).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
	'non-Latin': (index: number) => `ग्राहक-клиент-${index}`,
} as const;

export type IdKind = keyof typeof ID_KINDS;

/** 32 hexadecimal digits that look random. */
export function digest(index: number): string {
	return createHash('md5').update(String(index)).digest('hex');
}

/** Items as a source in n8n puts them out, as text: each run gets strings that nothing has touched yet. */
export function audienceText(count: number, kind: IdKind): string {
	const items = Array.from({ length: count }, (_, index) => ({
		json: { uid: ID_KINDS[kind](index), plan: 'gold' },
	}));
	return JSON.stringify(items);
}
