import { after, before, describe } from 'node:test';
import { createMissingUsersFirst } from './examples/create-missing-users-first.mjs';
import { csvToCohort } from './examples/csv-to-cohort.mjs';
import { databaseToMirror } from './examples/database-to-mirror.mjs';
import { manyCohortsFromOneColumn } from './examples/many-cohorts-from-one-column.mjs';
import { matchReport } from './examples/match-report.mjs';
import { mirrorWithDataTable } from './examples/mirror-with-data-table.mjs';
import { retryLaterAndNotify } from './examples/retry-later-and-notify.mjs';
import { webhookToMembership } from './examples/webhook-to-membership.mjs';
import { openScene, type Scene } from './scene.mjs';

// ai-agent-adds-a-user is tested with a chat model, in aiTool.test, and csv-to-cohort also in the demo (n8n.test).

let scene: Scene;
const getScene = () => scene;

before(async () => (scene = await openScene('e2e-examples')));

after(async () => scene?.close());

describe('csv-to-cohort.json', () => csvToCohort(getScene));
describe('database-to-mirror.json', () => databaseToMirror(getScene));
describe('webhook-to-membership.json', () => webhookToMembership(getScene));
describe('retry-later-and-notify.json', () => retryLaterAndNotify(getScene));
describe('many-cohorts-from-one-column.json', () => manyCohortsFromOneColumn(getScene));
describe('mirror-with-data-table.json', () => mirrorWithDataTable(getScene));
describe('create-missing-users-first.json', () => createMissingUsersFirst(getScene));
describe('match-report.json', () => matchReport(getScene));
