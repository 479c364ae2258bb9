/** Every state has a shape of its own, so that colour never has to tell it. */
export type StateName =
  'idle' | 'connecting' | 'listening' | 'thinking' | 'speaking' | 'muted' | 'reconnecting' | 'error'

export interface StateShape {
  /** SVG path data in a box of 24 × 24; a canvas takes it as `new Path2D(d)`. */
  readonly fill?: string
  /** The same, stroked 2 wide with round caps. */
  readonly stroke?: string
  /** Dashes of the stroke, in units of the box. */
  readonly dash?: readonly [number, number]
}

/** idle ● · connecting ◌ · listening three bars · thinking … · speaking wave · muted slashed bars · reconnecting broken ring · error ▲ */
export const STATE_SHAPES: Readonly<Record<StateName, StateShape>> = {
  idle: { fill: 'M12 6a6 6 0 1 0 0 12a6 6 0 1 0 0-12Z' },
  connecting: { stroke: 'M12 5a7 7 0 1 0 0 14a7 7 0 1 0 0-14Z', dash: [1.6, 3.9] },
  listening: { stroke: 'M6 9v6M12 5v14M18 9v6' },
  thinking: {
    fill: 'M5.5 10.3a1.7 1.7 0 1 0 0 3.4a1.7 1.7 0 1 0 0-3.4ZM12 10.3a1.7 1.7 0 1 0 0 3.4a1.7 1.7 0 1 0 0-3.4ZM18.5 10.3a1.7 1.7 0 1 0 0 3.4a1.7 1.7 0 1 0 0-3.4Z',
  },
  speaking: { stroke: 'M3.5 12C5 5.5 7.5 5.5 9.2 12S13 18.5 14.8 12S19 5.5 20.5 12' },
  muted: { stroke: 'M6 9v6M12 5v4M12 15v4M18 11v4M4.5 19.5L19.5 4.5' },
  reconnecting: { stroke: 'M9.5 5.4A7 7 0 0 0 9.5 18.6M14.5 5.4A7 7 0 0 1 14.5 18.6' },
  error: {
    fill: 'M12 4.5a1 1 0 0 1 .87 .5l7.3 12.5a1 1 0 0 1-.87 1.5H4.7a1 1 0 0 1-.87-1.5L11.13 5a1 1 0 0 1 .87-.5Z',
  },
}
