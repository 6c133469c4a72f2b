/**
 * Compresses text with DEFLATE (RFC 1951), off the event loop.
 *
 * @param pieces of the text, each short enough to be encoded at a time; no lone surrogates
 * @returns base64
 */
export async function compress(pieces: Iterable<string>): Promise<string> {
	const { readable, writable } = new CompressionStream('deflate-raw');
	const [compressed] = await Promise.all([collect(readable), write(encode(pieces), writable)]);
	return compressed.toString('base64');
}

/**
 * Undoes `compress`, off the event loop.
 *
 * @param visit is called with each piece of the text, in order
 * @param maxLength of the text, in characters
 * @throws if it is not base64 that `compress` has returned, or the text is too long
 */
export async function decompress(
	compressed: string,
	visit: (piece: string) => void,
	maxLength: number,
): Promise<void> {
	const { readable, writable } = new DecompressionStream('deflate-raw');
	await Promise.all([
		readText(readable, visit, maxLength),
		write([Buffer.from(compressed, 'base64')], writable),
	]);
}

function* encode(pieces: Iterable<string>): Generator<Uint8Array> {
	for (const piece of pieces) yield Buffer.from(piece);
}

async function write(
	chunks: Iterable<Uint8Array>,
	writable: WritableStream<Uint8Array>,
): Promise<void> {
	const writer = writable.getWriter();
	for (const chunk of chunks) await writer.write(chunk);
	await writer.close();
}

async function collect(readable: ReadableStream<Uint8Array>): Promise<Buffer> {
	const chunks: Uint8Array[] = [];
	for await (const chunk of readable) chunks.push(chunk);
	return Buffer.concat(chunks);
}

async function readText(
	readable: ReadableStream<Uint8Array>,
	visit: (piece: string) => void,
	maxLength: number,
): Promise<void> {
	const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
	let length = 0;
	const next = (piece: string) => {
		length += piece.length;
		if (length > maxLength) throw new Error(`The text has more than ${maxLength} characters`);
		visit(piece);
	};
	for await (const chunk of readable) next(decoder.decode(chunk, { stream: true }));
	next(decoder.decode());
}
