import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { FAULTS } from '../../relay/local-live/faults/catalogue.ts'
import { type ToolDeclaration } from '../../shared/protocol/tool-declaration.ts'
import { newFaultyRelay, newFaultyStage, statesOf, together, type FaultyStage } from '../support/faulty-brain.ts'
import { QUICK_CLAUSE_MS, QUICK_WORDS } from '../support/quick-speech.ts'
import { startBareClient } from '../support/test-relay-client.ts'

/** What every way in which a Live server goes wrong is to the user. The names are those of `npm run local-live -- --list-faults`. */

const QUESTION = 'Repeat after me: apples and pears.'
const ANSWER = 'apples and pears.'
const SILENT_BRAIN = { brainSetupTimeoutMs: 1_500 }

const READ_PAGE: ToolDeclaration = {
  name: 'read_page',
  description: 'Reads the page',
  parameters: { type: 'object', properties: {} },
  effect: 'read',
  timeoutMs: 5_000,
}

/** What was written down of the user and the assistant, in order. */
function entries({ arrivals }: FaultyStage): readonly (readonly [string, string])[] {
  return arrivals.of('transcript.final').map(({ role, text }) => [role, text])
}

function isCut(stage: FaultyStage): boolean {
  return stage.arrivals.of('error').some(({ code }) => code === 'answer_lost')
}

describe('a brain that cannot be had at first', () => {
  it('is called again, and the user’s words are answered then', async () => {
    await together(
      [
        ['upgrade-cut', true],
        ['upgrade-hang', true],
        ['upgrade-500', true],
        ['upgrade-503', true],
        ['drop-setup', true],
        ['unavailable', true],
        ['no-setup', true],
        ['internal-error@setup:2', true],
        ['not-implemented@setup', true],
        ['bad-json-in-setup', false],
      ] as const,
      async ([fault, isTold]) => {
        const stage = await newFaultyStage([fault], { deps: SILENT_BRAIN })
        stage.type('question', QUESTION)
        await stage.arrivals.message('turn.complete')
        expect(entries(stage)).toEqual([
          ['user', QUESTION],
          ['assistant', ANSWER],
        ])
        expect(statesOf(stage.arrivals).includes('reconnecting')).toBe(isTold)
        await stage.goesOn()
      },
    )
  })

  it('because it takes its time is waited for', async () => {
    const stage = await newFaultyStage(['slow-setup'])
    stage.type('question', QUESTION)
    await stage.goesOn()
    expect(statesOf(stage.arrivals)).toEqual(['connecting', 'live'])
  })
})

describe('a brain that will not be had', () => {
  it('is given up, with its own code and words', async () => {
    await together(
      [
        ['invalid-argument', 1007, 'Request contains an invalid argument.'],
        ['unknown-field', 1007, 'Unknown name "x"'],
        ['no-voices', 1007, 'Cannot extract voices'],
        ['bad-key', 1007, 'API key not valid'],
        ['leaked-key', 1008, 'reported as leaked'],
        ['unregistered', 1008, 'unregistered callers'],
        ['model-not-found', 1008, 'is not found for API version'],
        ['quota', 1011, 'exceeded your current quota'],
        ['unavailable', 1011, 'currently unavailable'],
        ['upgrade-403', 1006, '403'],
        ['upgrade-429', 1006, '429'],
        ['no-setup', 1006, 'no answer to the setup'],
      ] as const,
      async ([fault, code, words]) => {
        const { url } = await newFaultyRelay([`${fault}:every`], SILENT_BRAIN)
        const { arrivals, closed } = await startBareClient(url)
        expect(await closed).toMatchObject({ code: 4003 })
        const told = arrivals.of('session.state').at(-1)
        expect(told).toMatchObject({ upstream: 'failed', code, reason: expect.stringContaining(words) as unknown })
        expect(arrivals.of('error').at(-1)).toMatchObject({ code: 'brain_unavailable', fatal: true })
      },
    )
  })
})

describe('a brain that goes away in the middle of its answer', () => {
  it('comes back, and the user is told that the answer was cut and by what', async () => {
    await together(
      [
        ['drop-answer', 1006, ''],
        ['close-1000', 1000, ''],
        ['close-1005', 1005, ''],
        ['close-1011-aborted', 1011, 'The operation was aborted.'],
        ['internal-error', 1011, 'Internal error encountered.'],
        ['deadline', 1011, 'Deadline expired before operation could complete.'],
        ['thread-cancelled', 1011, 'Thread was cancelled when writing StartStep status.'],
        ['not-implemented@answer', 1008, 'Operation is not implemented, or supported, or enabled.'],
        ['invalid-argument@answer', 1007, 'Request contains an invalid argument.'],
      ] as const,
      async ([fault, code, reason]) => {
        const stage = await newFaultyStage([fault])
        stage.type('question', QUESTION)
        await stage.arrivals.message('turn.complete')
        expect(entries(stage)[0]).toEqual(['user', QUESTION])
        expect(isCut(stage)).toBe(true)
        await stage.goesOn()
        const broken = stage.arrivals.of('session.state').find(({ upstream }) => upstream === 'reconnecting')
        expect(broken?.code).toBe(code)
        expect(broken?.reason ?? '').toContain(reason)
      },
    )
  })

  it('with a message larger than anybody takes comes back, too', async () => {
    const stage = await newFaultyStage(['huge-message'])
    stage.type('question', QUESTION)
    await stage.arrivals.message('turn.complete')
    await stage.goesOn()
    expect(statesOf(stage.arrivals)).toContain('reconnecting')
  })
})

describe('a brain that goes away while the user speaks', () => {
  it('hears all of it from the start when it is back', async () => {
    await together(
      [['drop-speech'], ['drop-speech+200'], ['internal-error-speech'], ['go-away@userSpeech']],
      async ([fault]) => {
        const stage = await newFaultyStage([fault])
        await stage.arrivals.message('session.state', ({ upstream }) => upstream === 'live')
        stage.say()
        await stage.arrivals.message('transcript.final', ({ role }) => role === 'assistant')
        expect(entries(stage)).toEqual([
          ['user', QUICK_WORDS],
          ['assistant', ANSWER],
        ])
        await stage.goesOn()
      },
    )
  })

  it('because of what it was sent is not sent the same again', async () => {
    await together([['media-chunks'], ['invalid-argument-late']], async ([fault]) => {
      const stage = await newFaultyStage([fault])
      await stage.arrivals.message('session.state', ({ upstream }) => upstream === 'live')
      if (fault === 'media-chunks') stage.say()
      else stage.type('question', QUESTION)
      await stage.arrivals.message('session.state', ({ upstream }) => upstream === 'reconnecting')
      await stage.goesOn()
    })
  })
})

describe('a handle', () => {
  it('makes the brain remember what was said on an earlier connection', async () => {
    await together(
      [['drop-idle@turnEnd+100'], ['internal-error@turnEnd+100'], ['go-away@turnEnd'], ['go-away-silent@turnEnd+100']],
      async ([fault]) => {
        const stage = await newFaultyStage([fault, 'handle-in-use:every'])
        stage.type('question', QUESTION)
        await stage.arrivals.until(() =>
          statesOf(stage.arrivals).includes('reconnecting') || stage.log.some(isMove) ? true : undefined,
        )
        stage.type('recall', 'What did I just say?')
        await stage.arrivals.message('transcript.final', ({ text }) => text === `You said: ${QUESTION}`)
        await stage.goesOn()
      },
    )
  })

  it('that is worth nothing is let go, and the conversation goes on', async () => {
    await together(
      [['handle-refused'], ['handle-invalid'], ['handle-useless'], ['not-resumable'], ['no-handles'], ['deaf-resumed']],
      async ([fault]) => {
        const stage = await newFaultyStage(['drop-idle@turnEnd+100', fault])
        stage.type('question', QUESTION)
        await stage.arrivals.message('session.state', ({ upstream }) => upstream === 'reconnecting')
        await stage.goesOn()
        expect(entries(stage).slice(0, 2)).toEqual([
          ['user', QUESTION],
          ['assistant', ANSWER],
        ])
      },
    )
  })
})

describe('a brain that says it will go', () => {
  it('in the middle of its answer is left in time', async () => {
    await together([['go-away'], ['go-away-only'], ['go-away-silent'], ['go-away-at-once']], async ([fault]) => {
      const stage = await newFaultyStage([fault])
      stage.type('question', QUESTION)
      await stage.arrivals.message('turn.complete')
      await stage.goesOn()
    })
  })
})

describe('a turn that does not end as it should', () => {
  it('is ended by the relay, and the next one is answered', async () => {
    await together(
      [
        ['spurious-pair'],
        ['interrupted-only'],
        ['premature-turn-complete'],
        ['missing-turn-complete'],
        ['missing-turn-end'],
        ['double-turn-complete'],
        ['silent'],
        ['silent@typed'],
        ['stall'],
      ],
      async ([fault]) => {
        const stage = await newFaultyStage([fault])
        stage.type('question', QUESTION)
        await stage.arrivals.message('turn.complete')
        await stage.goesOn()
      },
    )
  })

  it('without a voice again and again ends the connection, not the conversation', async () => {
    await together([['phantom-interrupted'], ['deaf'], ['stuck']], async ([fault]) => {
      const stage = await newFaultyStage([fault])
      await stage.arrivals.message('session.state', ({ upstream }) => upstream === 'live')
      for (let turn = 1; !statesOf(stage.arrivals).includes('reconnecting') && turn <= 4; turn++) {
        stage.type(`question ${turn}`, QUESTION)
        await stage.arrivals.until(() =>
          stage.arrivals.of('turn.complete').length >= turn || statesOf(stage.arrivals).includes('reconnecting')
            ? true
            : undefined,
        )
      }
      await stage.goesOn()
    })
  })

  it('may be silent, since a model may choose to be; the third in a row ends the connection, not the conversation', async () => {
    const stage = await newFaultyStage(['voiceless'])
    for (const turn of [1, 2, 3]) {
      expect(statesOf(stage.arrivals)).not.toContain('reconnecting')
      stage.type(`question ${turn}`, QUESTION)
      await stage.arrivals.message('turn.complete', (message) => message.turn === turn)
    }
    await stage.arrivals.message('session.state', ({ upstream }) => upstream === 'reconnecting')
    await stage.goesOn()
    expect(entries(stage).slice(0, 3)).toEqual([1, 2, 3].map(() => ['user', QUESTION]))
  })

  it('that goes on after the user cut it is not heard', async () => {
    const stage = await newFaultyStage(['late-audio'])
    stage.type('question', 'What can you do?')
    await stage.arrivals.until(() => (stage.arrivals.speech.length > 2 ? true : undefined))
    await stage.goesOn()
    const [first] = stage.arrivals.of('turn.interrupted')
    const cutAt = stage.arrivals.indexOf((arrival) => 'message' in arrival && arrival.message === first)
    const late = stage.arrivals.all.slice(cutAt).filter((arrival) => 'speech' in arrival && arrival.speech.turn === 1)
    expect(late).toEqual([])
  })
})

describe('messages out of the ordinary', () => {
  it('change nothing of a typed turn', async () => {
    await together(
      [
        ['bad-json'],
        ['garbage'],
        ['odd-parts'],
        ['unknown-fields'],
        ['explicit-defaults'],
        ['bundled'],
        ['odd-pcm'],
        ['uneven-chunks'],
        ['split-transcript'],
      ],
      async ([fault]) => {
        const stage = await newFaultyStage([fault])
        stage.type('question', QUESTION)
        await stage.arrivals.message('turn.complete')
        expect(entries(stage)).toEqual([
          ['user', QUESTION],
          ['assistant', ANSWER],
        ])
        const bytes = stage.arrivals.speech.reduce((sum, { payload }) => sum + payload.byteLength, 0)
        expect(bytes).toBe(QUICK_CLAUSE_MS * 48)
        await stage.goesOn()
      },
    )
  })

  it('change nothing of a spoken turn', async () => {
    await together(
      [['duplicate-transcript'], ['split-transcript'], ['late-transcript'], ['bundled'], ['explicit-defaults']],
      async ([fault]) => {
        const stage = await newFaultyStage([fault])
        await stage.arrivals.message('session.state', ({ upstream }) => upstream === 'live')
        stage.say()
        await stage.arrivals.message('turn.complete')
        expect(entries(stage)).toEqual([
          ['user', QUICK_WORDS],
          ['assistant', ANSWER],
        ])
        await stage.goesOn()
      },
    )
  })

  it('that never come leave the answer without its question', async () => {
    const stage = await newFaultyStage(['no-transcript'])
    await stage.arrivals.message('session.state', ({ upstream }) => upstream === 'live')
    stage.say()
    await stage.arrivals.message('turn.complete')
    expect(entries(stage)).toEqual([['assistant', ANSWER]])
    await stage.goesOn()
  })
})

describe('tool calls', () => {
  /** A conversation about a page, whose tool answers at once. */
  async function aboutPage(fault: string): Promise<FaultyStage> {
    const stage = await newFaultyStage([fault], { setup: { browserTools: [READ_PAGE] } })
    stage.client.events.on('message', (message) => {
      if (message.type !== 'tool.call') return
      const output = { title: 'Beavers', url: 'https://example.org/', text: 'Beavers build dams of wood and mud.' }
      stage.client.send({ type: 'tool.result', callId: message.callId, output })
    })
    stage.type('question', 'What is this page about?')
    return stage
  }

  it('out of the ordinary are run once each, and answered', async () => {
    await together(
      [
        ['duplicate-tool-call', 1],
        ['tool-call-without-id', 1],
        ['tool-call-mid-speech', 1],
        ['late-cancellation', 1],
        ['many-tool-calls', 8],
        ['unknown-tool', 1],
      ] as const,
      async ([fault, runs]) => {
        const stage = await aboutPage(fault)
        await stage.arrivals.message('transcript.final', ({ role, text }) => role === 'assistant' && /dams/.test(text))
        expect(stage.arrivals.of('tool.call')).toHaveLength(runs)
        await stage.goesOn()
      },
    )
  })

  it('that the brain does not live to see answered do not end the conversation', async () => {
    await together(
      [['drop-tool'], ['drop-tool-response'], ['not-implemented'], ['entity-not-found'], ['no-speech-after-tool']],
      async ([fault]) => {
        const stage = await aboutPage(fault)
        await stage.arrivals.message('turn.complete')
        await stage.goesOn()
      },
    )
  })
})

it('all of them are played here', async () => {
  const source = await readFile(import.meta.filename, 'utf8')
  expect(FAULTS.map(({ name }) => name).filter((name) => !new RegExp(`'${name}['@:+]`).test(source))).toEqual([])
})

const isMove = ({ msg }: Readonly<Record<string, unknown>>) => /moving to a new connection/.test(String(msg))
