// The machine that carries us: who runs it, where, and how much each statement about it is worth. Where the
// meeting itself is at another one, both are shown.

import type { ComponentChildren, JSX } from 'preact';

import type { NodeView } from '../../call/model';
import type { ClaimLevel, NodeFacts, NodeRefusal } from '../../call/node';
import { formatDay, formatTime } from '../format';
import { Icon } from '../icons';
import { locale, t } from '../i18n';
import { CLAIM_WORDS, NODE_WORDS, nodeDetails } from '../node_texts';
import { Elapsed } from './elapsed';

const SECOND_MS = 1000;
/** What is excluded is measured, and stands below. */
const CLAIMS: readonly ClaimLevel[] = ['enforced', 'logged', 'unproven'];

interface CarryingNodeProps {
  readonly node: NodeView | null;
  readonly refusals: readonly NodeRefusal[];
}

export function CarryingNode({ node, refusals }: CarryingNodeProps): JSX.Element {
  return (
    <>
      {node ? <Carrying node={node} /> : <p data-node="none">{t('node.none')}</p>}
      {refusals.length === 0 ? null : (
        <details class="node-refusals" data-node="refusals">
          <summary>{t('node.refused', { count: refusals.length })}</summary>
          <ul>
            {refusals.map((refusal, index) => (
              <li key={index}>
                {t(NODE_WORDS[refusal.reason].what)}.{' '}
                <span class="hint">{nodeDetails(refusal)}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function Carrying({ node }: { readonly node: NodeView }): JSX.Element {
  const facts = node.carrier ?? node.facts;
  const isConnected = node.address !== null;
  const isAlone = facts.witnessedAt === null;
  return (
    <div class="node" data-node={isConnected ? 'connected' : 'proven'}>
      <p class="node-head">
        <Icon name="shield-check" />
        <span>
          <strong>{t(isConnected ? 'node.carried' : 'node.proven', whereOf(facts))}</strong>{' '}
          {isConnected ? <Elapsed since={node.since} words="node.since" /> : null}
        </span>
      </p>
      {node.carrier === null ? null : <p data-node="home">{t('node.home', whereOf(node.facts))}</p>}
      {node.movedFrom === null ? null : (
        <p data-node="moved">{t('node.moved', { node: node.movedFrom })}</p>
      )}
      <dl class="node-claims">
        {CLAIMS.map((level) => (
          <Row key={level} name={t(CLAIM_WORDS[level].word)} kind={`claim-${level}`}>
            {t(level === 'logged' && isAlone ? 'claim.logged.alone' : CLAIM_WORDS[level].text)}
          </Row>
        ))}
      </dl>
      <Facts facts={facts} address={node.address} />
      {node.carrier === null ? null : (
        <details class="node-home" data-node="home-facts">
          <summary>{t('node.home_title', { node: node.facts.node })}</summary>
          <Facts facts={node.facts} address={null} />
        </details>
      )}
    </div>
  );
}

function whereOf({ node, country }: NodeFacts): { node: string; country: string } {
  const names = new Intl.DisplayNames(locale(), { type: 'region', fallback: 'code' });
  return { node, country: names.of(country) ?? country };
}

interface FactsProps {
  readonly facts: NodeFacts;
  /** to which packets go; null: none do */
  readonly address: string | null;
}

function Facts({ facts, address }: FactsProps): JSX.Element {
  const { latitude, longitude, radiusKm } = facts.site;
  const degrees = new Intl.NumberFormat(locale(), { minimumFractionDigits: 2 });
  return (
    <dl class="node-facts">
      <Row name={t('node.operator')}>{facts.entity}</Row>
      <Row name={t('node.site')}>
        {t('node.site_text', {
          km: radiusKm,
          latitude: degrees.format(latitude),
          longitude: degrees.format(longitude),
        })}
      </Row>
      <Row name={t('node.certificate')}>
        {t('node.certificate_text', {
          serial: facts.certSerial,
          set: facts.setSerial,
          date: formatDay(facts.notAfter * SECOND_MS, locale()),
        })}
      </Row>
      {address === null ? null : (
        <Row name={t('node.address_title')}>
          <span dir="ltr">{address}</span>
        </Row>
      )}
      <Row name={t('node.log')}>
        {facts.witnessedAt === null
          ? t('node.log_alone')
          : t('node.log_witnessed', {
              count: facts.witnessed,
              date: formatDay(facts.witnessedAt * SECOND_MS, locale()),
            })}
      </Row>
      <Row name={t('node.keys')}>
        {t(facts.isSingleKey ? 'node.keys_single' : 'node.keys_several')}
      </Row>
      <Row name={t('node.checked')}>
        {t('node.checked_text', { time: formatTime(facts.fetchedAt, locale()) })}
      </Row>
    </dl>
  );
}

interface RowProps {
  readonly name: string;
  readonly kind?: string;
  readonly children: ComponentChildren;
}

function Row({ name, kind, children }: RowProps): JSX.Element {
  return (
    <div class={kind}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
