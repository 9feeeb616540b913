"use strict";
// Keeps the page up to date by a stream of what changed, and takes actions. Markup comes from this page's own server, with
// every name escaped; the policy of the page runs no script that would lie in it. The token is kept for this tab alone and
// only ever sent in a header.
(() => {
  const KEY = "probesweep-token", SILENCE = 15000, ANSWER = 20000, LONGEST_WAIT = 30000;
  const report = /^\/sweeps\/[0-9]+$/.test(location.pathname);
  const closed = "closed" in document.body.dataset;
  const at = (id) => document.getElementById(id);
  const access = at("access"), input = at("token"), forget = at("forget"), dialog = at("confirm");
  let attempt = null;

  // The token.
  const token = () => sessionStorage.getItem(KEY);
  const authorization = () => token() ? { Authorization: "Bearer " + token() } : {};

  let fading = 0;

  function say(place, text, bad) {
    at(place).textContent = text;
    at(place).classList.toggle("bad", !!bad);
    if (place !== "answer" || report) return;
    // Beside live data an old answer would be taken for a new one.
    clearTimeout(fading);
    if (text) fading = setTimeout(() => say("answer", ""), ANSWER);
  }

  function dropToken(reason) {
    sessionStorage.removeItem(KEY);
    showAccess(false);
    access.open = true;
    if (reason) say("answer", reason, true);
  }

  function showAccess(mayAct) {
    if (mayAct && access.open && !document.body.classList.contains("may-act")) {
      access.open = false;
      say("answer", "The token is accepted.");
    }
    document.body.classList.toggle("may-act", mayAct);
    forget.hidden = !token();
    access.hidden = false;
    access.querySelector("summary").textContent = closed && !token() ? "This page needs a token" : "Actions";
    if (closed && !token()) {
      access.open = true;
      input.focus();
    }
  }

  access.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const given = input.value.trim();
    input.value = "";
    if (!given) return;
    // A header takes nothing else; a token has nothing else.
    if (!/^[\x21-\x7e]+$/.test(given)) return say("answer", "That is no token.", true);
    sessionStorage.setItem(KEY, given);
    say("answer", "");
    connect();
  });
  forget.addEventListener("click", () => {
    dropToken();
    location.reload();
  });

  // What changed is taken over node by node, so that focus, what is open and what is selected stay.
  function identity(node) {
    return node.nodeType === Node.ELEMENT_NODE ? node.tagName + " " + (node.dataset.key || "") : "#" + node.nodeType;
  }

  function morph(old, fresh) {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
      return;
    }
    for (const { name } of [...old.attributes]) {
      // Whoever reads the page opens and closes.
      if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) {
      if (name !== "open" && old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    morphChildren(old, fresh);
  }

  function morphChildren(old, fresh) {
    let place = old.firstChild;
    for (const wanted of [...fresh.childNodes]) {
      let known = place;
      while (known && identity(known) !== identity(wanted)) known = known.nextSibling;
      if (!known) {
        old.insertBefore(wanted, place);
        continue;
      }
      while (place !== known) {
        const gone = place;
        place = place.nextSibling;
        gone.remove();
      }
      place = known.nextSibling;
      morph(known, wanted);
    }
    while (place) {
      const gone = place;
      place = place.nextSibling;
      gone.remove();
    }
  }

  function show(update) {
    if (update.title !== undefined) document.title = update.title;
    for (const [id, html] of Object.entries(update.parts || {})) {
      let part = at(id);
      if (!part) {
        part = document.createElement("section");
        part.id = id;
        const order = ["notes", "sweeps", "failures", "throughput", "workers", "waiting"];
        const next = order.slice(order.indexOf(id) + 1).map(at).find(Boolean);
        document.querySelector("main").insertBefore(part, next || null);
      }
      const template = document.createElement("template");
      template.innerHTML = html;
      morphChildren(part, template.content);
    }
  }

  // The stream.
  class Refused extends Error {}

  async function follow(signal, heard) {
    const answer = await fetch("/updates", { headers: authorization(), cache: "no-store", signal });
    if (answer.status === 401) throw new Refused();
    if (answer.status === 503) throw new Error("Too many pages are open; this one waits.");
    if (!answer.ok) throw new Error("The coordinator answered " + answer.status + ".");
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) throw new Error("The connection to the coordinator is lost.");
      text += value;
      const lines = text.split("\n");
      text = lines.pop();
      for (const line of lines) {
        const update = JSON.parse(line);
        if (update.mayAct !== undefined) {
          if (token() && !update.mayAct) dropToken("The coordinator does not take this token.");
          showAccess(update.mayAct);
        }
        show(update);
        heard();
      }
    }
  }

  async function connect() {
    if (report) return showReport();
    if (attempt) attempt.abort();
    const mine = attempt = new AbortController();
    let wait = 1000;
    while (attempt === mine) {
      const round = new AbortController();
      const stop = () => round.abort();
      mine.signal.addEventListener("abort", stop);
      let silence = setTimeout(stop, SILENCE);
      try {
        await follow(round.signal, () => {
          clearTimeout(silence);
          silence = setTimeout(stop, SILENCE);
          wait = 1000;
          say("connection", "");
        });
      } catch (problem) {
        if (attempt !== mine) return;
        if (problem instanceof Refused) {
          return dropToken(token() ? "The coordinator does not take this token." : "");
        }
        const lost = ["AbortError", "TypeError", "NetworkError"].includes(problem.name);
        say("connection", (lost ? "The connection to the coordinator is lost." : problem.message)
          + " What is shown may be old; trying again.");
      } finally {
        clearTimeout(silence);
        mine.signal.removeEventListener("abort", stop);
        stop();
      }
      // Pages that lost one coordinator do not all come back at the same moment.
      await new Promise((done) => setTimeout(done, wait * (0.5 + Math.random())));
      wait = Math.min(2 * wait, LONGEST_WAIT);
    }
  }

  // A report needs the token where this page does.
  async function showReport() {
    if (!token()) return showAccess(false);
    try {
      const answer = await fetch(location.pathname, { headers: authorization(), cache: "no-store" });
      if (answer.status === 401) return dropToken("The coordinator does not take this token.");
      if (!answer.ok) return say("answer", answer.status === 404 ? "There is no such sweep." : "The coordinator answered " + answer.status + ".", true);
      const html = await answer.text();
      document.open();
      document.write(html);
      document.close();
    } catch (problem) {
      say("answer", "The coordinator cannot be reached.", true);
    }
  }

  // Actions.
  async function act(request) {
    say("answer", "…");
    try {
      const answer = await fetch("/actions", {
        method: "POST", cache: "no-store", body: JSON.stringify(request),
        headers: { ...authorization(), "Content-Type": "application/json" },
      });
      const { outcome, message } = await answer.json();
      if (answer.status === 401) return dropToken(message);
      say("answer", outcome === "done" ? "Done: " + message : "Not done: " + message, outcome !== "done");
    } catch (problem) {
      say("answer", "The coordinator cannot be reached; nothing is known of what was asked for.", true);
    }
  }

  let decide = null;

  function settle(decision) {
    if (dialog.open) dialog.close();
    if (decide) decide(decision);
    decide = null;
  }

  function confirmed(question, priority) {
    settle(false);
    at("question").textContent = question;
    at("number").hidden = priority === undefined;
    at("priority").required = priority !== undefined;
    at("priority").value = priority === undefined ? "" : priority;
    dialog.showModal();
    if (priority === undefined) at("no").focus();
    return new Promise((done) => { decide = done; });
  }
  dialog.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    settle(true);
  });
  at("no").addEventListener("click", () => settle(false));
  // The event comes later than the end of a dialog, which may be open for the next question by then.
  dialog.addEventListener("close", () => {
    if (!dialog.open) settle(false);
  });

  document.querySelector("main").addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-action]");
    if (!button) return;
    const { action, sweep, worker, priority } = button.dataset;
    const request = { action };
    if (sweep !== undefined) request.sweep = Number(sweep);
    if (worker !== undefined) request.worker = worker;
    if (action === "priority") {
      if (!await confirmed(button.getAttribute("aria-label"), priority)) return;
      request.priority = Number(at("priority").value);
    } else if (action === "cancel" || action === "drain") {
      if (!await confirmed(button.getAttribute("aria-label"))) return;
    }
    await act(request);
  });

  showAccess(false);
  if (!closed || token()) connect();
})();
