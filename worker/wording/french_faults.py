"""What looks wrong with a source's figures, in French."""

SAYINGS = {
    # ce qui paraît faux dans les chiffres d'une source
    "fault.silent_zero": "La source « {source} » dit qu'il ne s'est rien passé ({days}) : {measure} 0, là où {usual} serait habituel. C'est trop improbable pour être un hasard ; ses chiffres ne sont pas jugés en attendant.",
    "fault.tracking_lost": "La source « {source} » a perdu la trace ({days}) : {measure} 0, là où {usual} serait habituel, alors que ce qui va avec continue comme toujours. Ses chiffres ne sont pas jugés en attendant.",
    "fault.jump": "La source « {source} » compte beaucoup trop de visites {place} ({days}) : {measure} {seen}, là où {usual} serait habituel, et elles n'apportent rien de plus. Elles semblent fausses, et ne sont pas jugées en attendant.",
    "fault.cut_short": "La source « {source} » retire la plus grande part de ce qui était définitif ({days}) : {measure} {seen} au lieu de {usual}. Les chiffres d'avant sont gardés jusqu'à ce qu'elle dise encore la même chose.",
    "fault.stale": "La source « {source} » n'a apporté aucun jour nouveau depuis le {since} : cela fait {seen}, alors qu'il ne lui faut jamais plus de {usual}.",
    "fault.drift": "La source « {source} » ne s'accorde plus comme avant ({days}) : {measure}, {seen} de {counterpart}, contre {usual} les semaines d'avant.",
    "fault.accept": "Si c'est vrai : {command}",
    "fault.resolved": "Ses chiffres sont de nouveau comme ils doivent être.",
    "fault.of_action": "de « {name} »",
    "fault.of_none": "qui n'appartiennent à aucune action",
    "fault.in_all": "l'ensemble",
    "fault.counted": "ce que compte {source} ({measure})",
    "fault.day": "1 jour",
    "fault.muted": "en attente de la source {sources}",
    "mail.context_over": "C'est terminé. Les jours concernés ne sont pas crus tant que vous ne dites pas qu'ils sont vrais, ou que la source ne les corrige pas.",
    "mail.subject_fault": "les chiffres de la source {source} semblent faux",
    "mail.badge_fault": "chiffres douteux",
    "advice.fault_over": "Si ces jours sont vrais, dites-le avec la commande ci-dessus. Sinon, faites-les corriger dans l'outil : Vigie reprend ce qu'il dit alors.",
    "advice.silent_zero": "Voyez si l'outil enregistre encore ce qui se passe. Une fois les chiffres rétablis chez lui, Vigie les reprend d'elle-même : {command}",
    "advice.tracking_lost": "Voyez si la balise, le pixel ou la page de commande sont encore en place ; chaque heure sans eux est perdue. Essayez ensuite la source : {command}",
    "advice.jump": "Voyez d'où viennent ces visites, et écartez-les dans l'outil ; Vigie reprend alors les chiffres corrigés d'elle-même : {command}",
    "advice.cut_short": "Voyez si l'outil a perdu des chiffres ou si un compte a été retiré. Dit encore une fois, ce sera cru : {command}",
    "advice.stale": "Voyez si le fichier est encore écrit ou si l'outil exporte encore ; ce qui en dépend attend : {command}",
    "advice.drift": "Voyez si quelque chose a changé dans le suivi, le bandeau de consentement ou les balises : {command}",
}
