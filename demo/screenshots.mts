import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { chromium, selectors, type Page } from 'playwright-core';
import { setStage, type Stage } from './stage.mjs';

const FLAGS = [
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
];
const SYNC = 'MoEngage Cohort Sync';

const [folder] = process.argv.slice(2);
if (!folder) {
	console.error('Name the folder for the pictures: tsx demo/screenshots.mts <folder>');
	process.exit(1);
}
await mkdir(folder, { recursive: true });

selectors.setTestIdAttribute('data-test-id');

const stage = await setStage({ name: 'screenshots', report: console.log });
const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
	args: FLAGS,
});
try {
	const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
	page.setDefaultTimeout(30_000);
	await logIn(page, stage);
	await tour(page, stage);
} finally {
	await browser.close();
	await stage.close();
}

async function logIn(page: Page, { n8n }: Stage) {
	await page.goto(`${n8n.url}/signin`);
	await page.locator('input[name=emailOrLdapLoginId]').fill(n8n.owner.email);
	await page.locator('input[name=password]').fill(n8n.owner.password);
	await page.getByRole('button', { name: 'Sign in' }).click();
	await page.waitForURL((url) => !url.pathname.includes('signin'));
}

async function tour(page: Page, { n8n, workflow }: Stage) {
	await page.goto(`${n8n.url}/workflow/${workflow.id}`);
	const node = page.locator(`[data-test-id=canvas-node][data-node-name="${SYNC}"]`);
	await node.waitFor();
	await take(page, '1-workflow');

	await page.getByTestId('node-creator-plus-button').click();
	await page.getByTestId('node-creator-search-bar').fill('MoEngage');
	await take(page, '2-search');
	await page.keyboard.press('Escape');

	await node.dblclick();
	await take(page, '3-parameters');
	await page.getByTestId('credential-edit-button').click();
	await take(page, '4-credential');
	await page.keyboard.press('Escape');
	await page.keyboard.press('Escape');

	await page.getByTestId('execute-workflow-button').click();
	await page.getByText('Workflow executed successfully').waitFor({ timeout: 180_000 });
	await take(page, '5-finished-run');
	await node.dblclick();
	await take(page, '6-output');
}

async function take(page: Page, name: string) {
	await page.waitForTimeout(1500); // for what moves on the screen to come to rest
	await page.screenshot({ path: resolve(folder as string, `${name}.png`) });
	console.log(`${name}.png`);
}
