import fastify from 'fastify';

/** What the model says next: a call of the tool that it is offered, or a text. */
export type Saying = { readonly call: Record<string, unknown> } | { readonly text: string };

/** What the model receives (OpenAI's chat completions API, which n8n's OpenAI Chat Model 1.2 uses). */
interface Hearing {
	readonly stream?: boolean;
	readonly messages: ReadonlyArray<{ readonly role: string; readonly content: unknown }>;
	readonly tools?: ReadonlyArray<{
		readonly function: {
			readonly name: string;
			readonly description: string;
			readonly parameters: { readonly properties: object; readonly required: readonly string[] };
		};
	}>;
}

export type ChatModel = Awaited<ReturnType<typeof startChatModel>>;

/** A local chat model that gives scripted responses and records what it receives. */
export async function startChatModel() {
	const heard: Hearing[] = [];
	const sayings: Saying[] = [];
	const server = fastify({ bodyLimit: 1_000_000, forceCloseConnections: true });
	server.post<{ Body: Hearing }>('/v1/chat/completions', async ({ body }, reply) => {
		heard.push(body);
		const saying = sayings.shift();
		if (!saying || body.stream)
			return reply.code(400).send({ error: { message: 'Not in the script' } });
		return {
			id: `answer-${heard.length}`,
			object: 'chat.completion',
			created: 0,
			model: 'scripted',
			choices: [{ index: 0, ...choice(saying, body.tools?.[0]?.function.name) }],
			usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
		};
	});
	const url = `${await server.listen({ host: '127.0.0.1', port: 0 })}/v1`;
	return {
		url,
		heard,
		/** Sets its next responses, in order. */
		willSay: (...next: Saying[]) => {
			heard.length = 0;
			sayings.splice(0, sayings.length, ...next);
		},
		close: () => server.close(),
	};
}

function choice(saying: Saying, tool: string | undefined) {
	if ('text' in saying) {
		const message = { role: 'assistant', content: saying.text };
		return { message, finish_reason: 'stop' };
	}
	const call = { name: tool, arguments: JSON.stringify(saying.call) };
	const tool_calls = [{ id: 'call-1', type: 'function', function: call }];
	return { message: { role: 'assistant', content: null, tool_calls }, finish_reason: 'tool_calls' };
}
