-- The views that downstream readers rely on, beside report_kpi, which is made from the formulas (kpi_sql.py).
-- Each statement is a view; its columns are described in docs/downstream.md.

-- One row for each action of each plan: what it is, who is responsible, when it is at work.
-- Days are [start, end): the end is the day after the last.
CREATE VIEW report_action AS
SELECT p.plan, s.ref AS action, s.name, s.kind, s.techniques, s.objectives, s.responsible, s.email,
       s.starts AS "start", s.ends AS "end"
FROM scope AS s
JOIN plan AS p ON p.id = s.plan_id
WHERE s.scope = 'action' AND s.is_active;

-- The latest judgement of each target and period.
CREATE VIEW report_verdict AS
SELECT p.plan, v.scope, v.ref AS id, v.kpi, v.breakdown, v.per, v.period_start, v.period_end, v.phase, v.verdict,
       v.value, v.target, v.target_high, v.pace, v.expected, v.chance, v.bound, v.unit, v.currency, v.state,
       (SELECT text FROM verdict_sentence WHERE verdict_id = v.id AND language = 'en') AS sentence_en,
       (SELECT text FROM verdict_sentence WHERE verdict_id = v.id AND language = 'fr') AS sentence_fr,
       v.judged_on, v.judged_at
FROM verdict AS v
JOIN plan AS p ON p.id = v.plan_id
JOIN scope AS s ON s.plan_id = v.plan_id AND s.scope = v.scope AND s.ref = v.ref AND s.is_active
WHERE v.is_current AND v.kpi <> '';

-- The latest judgement of each budget and period.
CREATE VIEW report_budget AS
SELECT p.plan, v.scope, v.ref AS id, v.per, v.period_start, v.period_end, v.verdict, v.target AS amount,
       v.value AS spent, v.committed, v.projected, v.currency, v.state,
       (SELECT text FROM verdict_sentence WHERE verdict_id = v.id AND language = 'en') AS sentence_en,
       (SELECT text FROM verdict_sentence WHERE verdict_id = v.id AND language = 'fr') AS sentence_fr,
       v.judged_on, v.judged_at
FROM verdict AS v
JOIN plan AS p ON p.id = v.plan_id
JOIN scope AS s ON s.plan_id = v.plan_id AND s.scope = v.scope AND s.ref = v.ref AND s.is_active
WHERE v.is_current AND v.kpi = '';

-- Every standing problem there is or was.
CREATE VIEW report_flag AS
SELECT p.plan, f.id, f.scope, f.ref AS subject_id, f.subject, f.period_start, f.period_end, f.person, f.state,
       f.verdict,
       (SELECT text FROM flag_sentence WHERE flag_id = f.id AND language = 'en') AS sentence_en,
       (SELECT text FROM flag_sentence WHERE flag_id = f.id AND language = 'fr') AS sentence_fr,
       f.episode, f.opened_at, f.changed_at, f.closed_at, f.snoozed_until, f.note
FROM flag AS f
JOIN plan AS p ON p.id = f.plan_id
WHERE f.state NOT IN ('inactive', 'pending');

-- For each source and day: what is known, whether it still changes, when it was read. Not of days read from before
-- the plan, which only tell of its own.
CREATE VIEW report_coverage AS
SELECT p.plan, s.source, s.connector, c.day, c.measures,
       CASE WHEN c.is_suspect OR c.quarantined <> '' THEN 'suspect' WHEN c.is_settled THEN 'final' ELSE 'provisional' END AS state,
       c.quality, c.collected_at
FROM coverage AS c
JOIN source AS s ON s.id = c.source_id
JOIN plan AS p ON p.id = s.plan_id
WHERE s.is_active AND (p.counted_from IS NULL OR c.day >= p.counted_from);
