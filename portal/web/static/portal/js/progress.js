/* Follows a job: asks its address for {state, progress, stage, finished, url} and shows the
   answer. A failed request is tried again, more slowly, and said so. Once it is finished the
   reader is taken to its url, unless the page says here how it ended: then they are reading it. */

const FIRST = 700;
const SLOWEST = 8000;
for (const region of document.querySelectorAll("[data-progress-url]")) {
  const bar = region.querySelector("progress");
  const stage = region.querySelector("[data-progress-stage]");
  const lost = region.querySelector("[data-progress-lost]");
  let wait = FIRST;
  const ask = async () => {
    try {
      const answer = await fetch(region.dataset.progressUrl, {
        headers: { Accept: "application/json" },
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const job = await answer.json();
      lost.hidden = true;
      wait = FIRST;
      // Null: it is under way, and nobody can say how far.
      if (job.progress === null) bar.removeAttribute("value");
      else bar.value = job.progress;
      // Only a new stage is announced; a counting number would talk without end.
      if (stage.textContent !== job.stage) stage.textContent = job.stage;
      if (job.finished) {
        const end = region.querySelector(`[data-progress-end="${job.state}"]`);
        if (end) {
          bar.closest("label").hidden = stage.hidden = true;
          end.hidden = false;
          return;
        }
        const here = location.href.split("#")[0];
        const there = new URL(job.url || here, here).href;
        if (there === here) location.reload();
        else location.assign(there);
        return;
      }
    } catch {
      lost.hidden = false;
      wait = Math.min(wait * 2, SLOWEST);
    }
    setTimeout(ask, wait);
  };
  setTimeout(ask, FIRST);
}
