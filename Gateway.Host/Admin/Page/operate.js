// What an operator can do: the token, changes with their confirmations, the dialogs, and "try a request".

import { byId, make, mark, say, show } from '/dom.js';

/** In the tab's own storage, which ends with the tab: never in the address, in cookies, or where other tabs see it. */
const TokenKey = 'gateway-admin-token';

/** Milliseconds that a change may take; a reload reads files. */
const Patience = 20000;

let token = sessionStorage.getItem(TokenKey), changesAllowed = null;

/** Why nothing can be changed, in a sentence; null when it can. */
export function mayNot() {
  return changesAllowed === null ? 'Not known yet whether anything can be changed.'
    : !changesAllowed ? 'This gateway has no admin token (Gateway:Admin:TokenFile), so nothing can be changed here.'
    : token === null ? 'To change something, type the admin token under Operate.' : null;
}

export const answerLine = () => make('p', { role: 'status', class: 'answer' });

/** Asks first when it has a question, sends, and says the answer's sentence. what: { method, path, body, doing, ask }. */
export async function change(what, answer) {
  if (mayNot() !== null || (what.ask !== undefined && !await confirmed(what.ask))) {
    return false;
  }
  tell(answer, 'idle', `${what.doing}…`);
  const headers = { Authorization: `Bearer ${token}` };
  if (what.body !== undefined) {
    headers['Content-Type'] = 'application/json';
  }
  try {
    const [ok, sentence] = await ask(what.path, { method: what.method, headers, body: what.body === undefined ? undefined : JSON.stringify(what.body) });
    tell(answer, ok ? 'ok' : 'bad', sentence);
    return ok;
  } catch (failure) {
    tell(answer, 'bad', `No answer: ${failure.message}`);
    return false;
  }
}

function tell(answer, level, sentence) {
  mark(answer, 'data-level', level);
  say(answer, `${level === 'ok' ? '✓ ' : level === 'bad' ? '✕ ' : ''}${sentence}`);
}

async function ask(path, request) {
  const answer = await fetch(path, { ...request, cache: 'no-store', credentials: 'omit', redirect: 'error', signal: AbortSignal.timeout(Patience) });
  let json = {};
  try {
    json = await answer.json();
  } catch {
    // Whatever answered, it was not the gateway in its usual words.
  }
  return [answer.ok, answer.ok ? json.result ?? json.text ?? 'Done.' : [json.title ?? 'Refused', answer.status, json.detail].filter(part => part !== undefined).join(' · ')];
}

/** True when the operator says so; Esc and Cancel are no. */
function confirmed({ title, text, yes }) {
  const dialog = byId('confirm');
  say(byId('confirm-h'), title);
  say(byId('confirm-text'), text);
  say(byId('confirm-yes'), yes);
  dialog.returnValue = '';
  dialog.showModal();
  byId('confirm-no').focus();
  return new Promise(resolve => dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true }));
}

byId('confirm-yes').addEventListener('click', () => byId('confirm').close('yes'));
byId('confirm-no').addEventListener('click', () => byId('confirm').close());

let closed = null;

/** Shows nodes in the one dialog for details. The browser gives the focus back when it closes. */
export function openDetail(title, nodes, whenClosed = null) {
  const dialog = byId('detail');
  closed?.();
  closed = whenClosed;
  say(byId('detail-h'), title);
  byId('detail-body').replaceChildren(...nodes);
  if (!dialog.open) {
    dialog.showModal();
  }
}

byId('detail').addEventListener('close', () => {
  closed?.();
  closed = null;
  byId('detail-body').replaceChildren();
});
byId('detail').addEventListener('click', event => {
  if (event.target === byId('detail') || event.target.hasAttribute('data-close')) {
    byId('detail').close();
  }
});

const buttons = ['drain', 'undrain', 'reload', 'revoke'].map(byId), answer = byId('operate-answer');
let listeners = [];

/** Called whenever it changes who may change something. */
export const whenMayChanges = listener => listeners.push(listener);

function showMay() {
  const no = mayNot();
  say(byId('may'), no ?? 'The token is set.');
  buttons.forEach(button => { button.disabled = no !== null; });
  byId('token').disabled = changesAllowed === false;
  show(byId('forget'), token !== null);
  listeners.forEach(listener => listener());
}

export function showOperate(snapshot) {
  if (changesAllowed !== snapshot.changes_allowed) {
    changesAllowed = snapshot.changes_allowed;
    showMay();
  }
  show(byId('drain'), snapshot.drain === 'off');
  show(byId('undrain'), snapshot.drain === 'manual');
}

byId('token-form').addEventListener('submit', event => {
  event.preventDefault();
  const typed = byId('token').value.trim();
  byId('token').value = '';
  if (typed !== '') {
    token = typed;
    sessionStorage.setItem(TokenKey, token);
    showMay();
  }
});
byId('forget').addEventListener('click', () => {
  token = null;
  sessionStorage.removeItem(TokenKey);
  showMay();
  byId('token').focus();
});
byId('gateway-form').addEventListener('submit', event => event.preventDefault());
byId('drain').addEventListener('click', () => change({
  method: 'POST', path: '/admin/v1/drain', doing: 'Draining',
  ask: { title: 'Drain this gateway?', text: 'It says that it is not ready, so load balancers send it nothing new, until the drain is ended.', yes: 'Drain it' },
}, answer));
byId('undrain').addEventListener('click', () => change({ method: 'DELETE', path: '/admin/v1/drain', doing: 'Ending the drain' }, answer));
byId('reload').addEventListener('click', () => change({ method: 'POST', path: '/admin/v1/config/reload', doing: 'Reloading' }, answer));
byId('revoke-what').addEventListener('change', () => {
  // A token is as secret as a password; a user's id is not.
  byId('revoke-which').type = byId('revoke-what').value === 'token' ? 'password' : 'text';
});
byId('revoke-form').addEventListener('submit', async event => {
  event.preventDefault();
  const what = byId('revoke-what').value, which = byId('revoke-which').value.trim();
  const done = which !== '' && await change({
    method: 'POST', path: '/admin/v1/auth/revoke', body: { [what]: which }, doing: 'Revoking',
    ask: what === 'user'
      ? { title: `Revoke all tokens of ${which}?`, text: 'What is known of any token of this user is forgotten, and the auth service is asked again.', yes: 'Revoke them' }
      : { title: 'Revoke this token?', text: 'What is known of it is forgotten, and the auth service is asked again.', yes: 'Revoke it' },
  }, answer);
  if (done) {
    byId('revoke-which').value = '';
  }
});

byId('try-form').addEventListener('submit', async event => {
  event.preventDefault();
  const status = byId('try-status'), said = byId('try-answer'), url = byId('try-url').value.trim();
  const headers = Object.create(null);
  for (const line of byId('try-headers').value.split('\n').filter(text => text.trim() !== '')) {
    const colon = line.indexOf(':'), name = line.slice(0, colon).trim(), value = line.slice(colon + 1).trim();
    if (colon < 1) {
      tell(status, 'bad', `“${line.trim()}” is no header: write Name: value.`);
      return;
    }
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  const host = Object.entries(headers).find(([name]) => name.toLowerCase() === 'host')?.[1] ?? 'localhost';
  const request = { method: byId('try-method').value.trim(), url: /^[a-z][a-z\d+.-]*:\/\//i.test(url) ? url : `http://${host}${url.startsWith('/') ? '' : '/'}${url}`, headers };
  try {
    const [ok, text] = await ask('/admin/v1/explain', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(request) });
    tell(status, ok ? 'ok' : 'bad', ok ? 'This is what would become of it:' : text);
    say(said, ok ? text : '');
    show(said, ok);
  } catch (failure) {
    tell(status, 'bad', `No answer: ${failure.message}`);
    show(said, false);
  }
});
showMay();
