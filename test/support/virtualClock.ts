import { sleep } from 'n8n-workflow';
import type { Clock } from '../../nodes/MoEngageCohortSync/clock';

const START = Date.parse('2026-11-23T10:00:00.000Z');

/** How long, in real ms at least, something that needs no clock may take while nobody sleeps. */
const REAL_WAIT_MS = 2_000;

interface Sleeper {
	readonly at: number;
	readonly wake: () => void;
}

/** A clock without waiting: when nobody has anything to do, it jumps to the next moment someone waits for. */
export class VirtualClock implements Clock {
	private time = 0;
	private wallOffset = START;
	/** Latest first. */
	private readonly sleepers: Sleeper[] = [];
	private state: number;

	constructor(seed = 1) {
		this.state = seed;
	}

	now(): number {
		return this.time + this.wallOffset;
	}

	elapsed(): number {
		return this.time;
	}

	async sleep(ms: number): Promise<void> {
		const at = this.time + Math.max(0, ms);
		await new Promise<void>((wake) => {
			let place = this.sleepers.length;
			while (place > 0 && (this.sleepers[place - 1]?.at ?? 0) <= at) place--;
			this.sleepers.splice(place, 0, { at, wake });
		});
	}

	/** Mulberry32: the same numbers for the same seed. */
	random(): number {
		this.state = (this.state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
	}

	/** Sets the wall clock back, as a time server does. */
	stepBack(ms: number): void {
		this.wallOffset -= ms;
	}

	/** How many are asleep. */
	get asleep(): number {
		return this.sleepers.length;
	}

	/** Plays until `goal` is settled. @throws if it never would be, or not before `limitMs` */
	async play<T>(goal: Promise<T>, limitMs = Infinity): Promise<T> {
		let reached = false;
		const settle = () => {
			reached = true;
		};
		goal.then(settle, settle);
		for (let tries = 0; !reached && tries < REAL_WAIT_MS; tries++) {
			await this.run(() => reached, limitMs);
			// Compression takes real time.
			if (!reached) await sleep(1);
		}
		if (!reached) throw new Error('Everybody waits, and nothing will ever wake them');
		return await goal;
	}

	/** Plays until nobody sleeps any more. */
	async playOut(): Promise<void> {
		await this.run(() => false, Infinity);
	}

	private async run(isOver: () => boolean, limitMs: number): Promise<void> {
		const { port1, port2 } = new MessageChannel();
		let wake = () => {};
		port1.on('message', () => wake());
		/** A message is handled when all promises that can be settled are. */
		const idle = async () =>
			await new Promise<void>((resolve) => {
				wake = resolve;
				port2.postMessage(undefined);
			});
		try {
			for (await idle(); !isOver(); await idle()) {
				const next = this.sleepers.pop();
				if (next === undefined) return;
				if (next.at > limitMs) throw new Error(`Not over after ${limitMs} ms`);
				this.time = next.at;
				next.wake();
			}
		} finally {
			port1.close();
		}
	}
}
