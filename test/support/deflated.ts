/** Bytes or text compressed with DEFLATE, as base64. */
export async function deflated(content: string | Uint8Array): Promise<string> {
	const { readable, writable } = new CompressionStream('deflate-raw');
	const writer = writable.getWriter();
	void writer.write(Buffer.from(content)).then(async () => await writer.close());
	const chunks: Uint8Array[] = [];
	for await (const chunk of readable) chunks.push(chunk);
	return Buffer.concat(chunks).toString('base64');
}
