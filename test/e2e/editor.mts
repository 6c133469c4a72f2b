import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
	chromium,
	selectors,
	type Browser,
	type Locator,
	type Page,
	type PageScreenshotOptions,
} from 'playwright-core';
import { LOGS } from '../../local-n8n/folders.mjs';
import type { Instance } from '../../local-n8n/instance.mjs';
import { SYNC } from './workflow.mjs';

/** Debian's Chromium, unless the environment specifies another. */
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

const FLAGS = [
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
];
const PICTURES = resolve(import.meta.dirname, '..', '..', 'docs', 'pictures');
const LAST_SEEN = resolve(LOGS, 'e2e-editor.png');
const TIMEOUT_MS = 30_000;
/** Hidden in the pictures: messages and tips that appear and disappear by themselves, and the canvas's buttons. */
const HIDDEN = [
	'.el-notification, .el-popper, [role=tooltip]',
	...[
		'add-sticky-button',
		'canvas-controls',
		'command-bar-button',
		'execute-workflow-button',
		'instance-ai-canvas-action-button',
		'logs-panel',
		'node-creator-plus-button',
		'toggle-focus-panel-button',
	].map((id) => `[data-test-id=${id}]`),
];
/** Space around the nodes in a picture of the canvas, in pixels; their names are below them. */
const MARGIN = 72;

selectors.setTestIdAttribute('data-test-id');

/** Operates n8n's editor as a person does, in both major versions. */
export class Editor {
	private constructor(
		private readonly browser: Browser,
		readonly page: Page,
		private readonly url: string,
		private readonly takesPictures: boolean,
	) {}

	/** Opens a browser and logs in. Pictures are written only on request. */
	static async open({ url, owner }: Instance, takesPictures: boolean) {
		const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
		const page = await browser.newPage({
			viewport: { width: 1280, height: 800 },
			deviceScaleFactor: 1.5,
		});
		page.setDefaultTimeout(TIMEOUT_MS);
		await page.goto(`${url}/signin`);
		await page.locator('input[name=emailOrLdapLoginId]').fill(owner.email);
		await page.locator('input[name=password]').fill(owner.password);
		await page.getByRole('button', { name: 'Sign in' }).click();
		await page.waitForURL((at) => !at.pathname.includes('signin'));
		return new Editor(browser, page, url, takesPictures);
	}

	async close() {
		await this.browser.close();
	}

	/** Saves a screenshot after a test has failed, and prints its path. */
	async keepLastSeen() {
		await this.page.screenshot({ path: LAST_SEEN });
		console.log(`Screenshot of the editor: ${LAST_SEEN}`);
	}

	async openWorkflow(id: string) {
		await this.page.goto(`${this.url}/workflow/${id}`);
		await this.page.getByTestId('canvas-node').first().waitFor();
	}

	/** A node on the canvas. Ours is found by its type, since 1.x names it after its operation. */
	node(name = SYNC) {
		const ours = '[data-node-type^="n8n-nodes-moengage."]';
		return this.page
			.getByTestId('canvas-node')
			.and(this.page.locator(name === SYNC ? ours : `[data-node-name="${name}"]`));
	}

	async openNode(name = SYNC) {
		await this.node(name).dblclick();
		await this.page.getByTestId('node-parameters').waitFor();
	}

	async backToCanvas() {
		const { page } = this;
		await page.getByTestId('ndv-close-button').or(page.getByTestId('back-to-canvas')).click();
		await page.getByTestId('node-parameters').waitFor({ state: 'hidden' });
		await page.getByTestId('zoom-to-fit').click();
	}

	/** Clicks the plus after a node, types a word and waits until n8n offers the node `name`. */
	async search(after: string, word: string, name = SYNC) {
		const search = this.page.getByTestId('node-creator-search-bar');
		if (!(await search.isVisible())) {
			await this.node(after).getByTestId('canvas-handle-plus').click();
		}
		const found = this.page.getByTestId('node-creator-item-name').filter({ hasText: name }).first();
		await search.fill('nothing is called like this');
		await found.waitFor({ state: 'hidden' });
		await search.fill(word);
		await found.waitFor();
		return found;
	}

	/** A field of the node or the credential, whichever is open. */
	field(name: string, within: Locator | Page = this.page) {
		return within.getByTestId(`parameter-input-${name}`);
	}

	/** The displayed names of the node's fields, from top to bottom. */
	async fields() {
		const shown = this.page
			.getByTestId('node-parameters')
			.locator('[data-test-id^=parameter-input-]:visible');
		const ids = await shown.evaluateAll((elements) =>
			elements.map((element) => element.getAttribute('data-test-id') ?? ''),
		);
		const names = ids.map((id) => id.replace('parameter-input-', ''));
		return [...new Set(names.filter((name) => !['field', 'hint'].includes(name)))];
	}

	async choose(field: string, option: string, within?: Locator) {
		await this.field(field, within).click();
		const choice = this.page.getByRole('option').filter({ hasText: option, visible: true });
		await choice.first().click();
		await choice.first().waitFor({ state: 'hidden' });
	}

	/** The options that can still be added to the node's "Options". */
	async options() {
		const list = this.page.getByTestId('node-parameters').getByPlaceholder('Add option');
		await list.click();
		const options = this.page.getByRole('option').filter({ visible: true });
		await options.first().waitFor();
		const names = await options.allInnerTexts();
		// If it stayed open, it would cover the fields above.
		await list.click();
		await options.first().waitFor({ state: 'hidden' });
		return names.map((name) => name.trim());
	}

	async emptyExpression(field: string) {
		await this.field(field).locator('.cm-content').click();
		await this.page.keyboard.press('Control+A');
		await this.page.keyboard.press('Delete');
	}

	/** Drags a field of the input panel over a field of the node with the mouse; `drop` drops it there. */
	async drag(from: string, to: string) {
		const { page } = this;
		const pill = page.getByTestId('ndv-input-panel').locator(`[data-name="${from}"]`).first();
		const [start, end] = [await middleOf(pill), await middleOf(this.field(to))];
		await page.mouse.move(start.x, start.y);
		await page.mouse.down();
		await page.mouse.move(end.x, end.y, { steps: 12 });
	}

	async drop() {
		await this.page.mouse.up();
	}

	/**
	 * The text of a field with an expression, after n8n shows that its value is `value`: only then has n8n applied
	 * what was typed or dropped.
	 */
	async expressionFor(value: string, field: string) {
		await this.page
			.getByTestId(`parameter-expression-preview-${field}`)
			.filter({ hasText: value })
			.waitFor();
		return this.field(field).locator('.cm-content').innerText();
	}

	/** Runs the workflow up to the open node and waits until the output contains `text`. */
	async execute(text: string) {
		const button = this.page.getByTestId('node-execute-button');
		await button.click();
		await this.output.getByText(text).first().waitFor();
		await button.filter({ hasText: 'Execute step' }).waitFor();
	}

	get output() {
		return this.page.getByTestId('output-panel');
	}

	/** Saves a part of the page as `docs/pictures/<name>-light.png` and `-dark.png`. */
	async picture(name: string, part: Locator) {
		if (this.takesPictures) await this.keep(name, await boxOf(part));
	}

	/** Saves the nodes on the canvas, in the same way. */
	async pictureOfCanvas(name: string) {
		if (!this.takesPictures) return;
		const nodes = await this.page.locator('.vue-flow__node').all();
		const boxes = await Promise.all(nodes.map(boxOf));
		const [x, y] = [least(boxes.map((box) => box.x)), least(boxes.map((box) => box.y))];
		const right = Math.max(...boxes.map((box) => box.x + box.width));
		const bottom = Math.max(...boxes.map((box) => box.y + box.height));
		const width = right - x + MARGIN;
		await this.keep(name, { x, y, width, height: bottom - y + MARGIN });
	}

	private async keep(name: string, clip: NonNullable<PageScreenshotOptions['clip']>) {
		await mkdir(PICTURES, { recursive: true });
		for (const colorScheme of ['light', 'dark'] as const) {
			await this.page.emulateMedia({ colorScheme });
			await this.page.screenshot({
				path: resolve(PICTURES, `${name}-${colorScheme}.png`),
				clip,
				animations: 'disabled',
				style: `${HIDDEN.join()} { visibility: hidden !important }`,
			});
		}
		await this.page.emulateMedia({ colorScheme: 'light' });
	}
}

function least(places: number[]) {
	return Math.max(0, Math.min(...places) - MARGIN);
}

async function middleOf(element: Locator) {
	const { x, y, width, height } = await boxOf(element);
	return { x: x + width / 2, y: y + height / 2 };
}

async function boxOf(element: Locator) {
	const box = await element.boundingBox();
	if (!box) throw new Error(`Not visible: ${element}`);
	return box;
}
