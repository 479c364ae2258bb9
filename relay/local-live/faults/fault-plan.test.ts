import { describe, expect, it } from 'vitest'
import { FAULTS, listFaults } from './catalogue.ts'
import { readFaultPlan } from './fault-plan.ts'

describe('the catalogue', () => {
  it('has each name once, in kebab-case, and a line for each', () => {
    const names = FAULTS.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))).toEqual([])
    const lines = listFaults().split('\n')
    expect(lines).toHaveLength(FAULTS.length)
    expect(lines.find((line) => line.startsWith('silent '))).toContain('@answer')
  })
})

describe('a plan on a command line', () => {
  const plan = (text: string) => {
    const read = readFaultPlan(text)
    return typeof read === 'string' ? read : { ...read, fault: read.fault.name }
  }

  it.each([
    ['silent', { fault: 'silent' }],
    ['silent@typed', { fault: 'silent', at: 'typed' }],
    ['unavailable:3', { fault: 'unavailable', times: 3 }],
    ['drop-answer@heard:every+250', { fault: 'drop-answer', at: 'heard', times: Infinity, afterMs: 250 }],
  ])('reads %s', (text, expected) => {
    expect(plan(text)).toEqual(expected)
  })

  it.each([
    ['drp-answer', 'There is no fault "drp-answer". Did you mean drop-answer?'],
    ['xyz', 'There is no fault "xyz".'],
    ['silent@never', '"never" is no moment; these are: setup,'],
    ['bundled@answer', 'bundled has no moment that could be changed.'],
    ['', '"" is no fault; write NAME'],
    ['silent:-1', '"silent:-1" is no fault; write NAME'],
  ])('says what is wrong with "%s"', (text, sentence) => {
    expect(plan(text)).toContain(sentence)
  })
})
