// While somebody looks at where to start: the server formats what they will get there first. Without it, the first page
// of a sitting takes a little longer.

const MOST = 3;

const forms = [...document.querySelectorAll("form[data-upcoming]")].slice(0, MOST);
for (const form of forms) fetch(form.dataset.upcoming, { priority: "low" }).catch(() => {});
