import { stem } from "../stem.ts";
import { type Kind, type KindSet, kindSet } from "./kinds.ts";

/**
 * English verbs of everyday requests and interfaces, by the effect they name. General vocabulary: no
 * word stands here because of one server, product or data set. A word may stand in several lists; a
 * tool takes the first one, a request all of them.
 */
const LISTS: readonly (readonly [Kind, string])[] = [
  [
    "read",
    `read get fetch retrieve load open show display describe inspect lookup peek tail view see look
    watch monitor browse visit navigate crawl scrape preview download export list enumerate find
    search scan query filter sort locate discover track trace count calculate compute total sum average
    measure estimate evaluate compare analyze analyse summarize summarise review check examine explain
    tell return give identify determine recommend suggest choose pick select translate convert extract
    parse detect recognize classify validate lint explore investigate audit poll ping diagnose predict
    forecast learn study know want need access research gather collect obtain hear listen play render
    print head cat grep ls diff login report rank rate
    pull peep glance skim screen vet probe sift consult weigh reckon gauge assess appraise ascertain
    pinpoint spot scout survey tally inquire enquire verify observe witness profile
    benchmark interpret decode decipher
    transcribe infer screenshot geocode decrypt`,
  ],
  [
    "create",
    `create add make generate write draft compose author build insert append init initialize
    register enroll enrol enlist record log note store save persist upload import copy duplicate
    clone fork set put place attach fill produce prepare design construct establish found open start
    launch setup plan schedule arrange organize organise remind track capture enter submit file raise
    issue prescribe admit quote invoice tag label bookmark pin collect stage compile provision spin
    snapshot backup archive sketch draw apply onboard remind wake jot request demand
    stock restock countersign sign notarize serve pack load brew found form host advertise refill commission
    lodge craft mint erect institute sow plant stow deposit catalogue docket open assemble knit
    formulate devise concoct scribble note stamp inscribe seed breed raise bake cook sew print forge
    scaffold upsert mirror mount populate bundle branch`,
  ],
  [
    "update",
    `update edit modify change alter adjust amend revise correct fix repair patch rename replace
    move mv shift reschedule postpone delay extend prolong renew shorten transition reopen reassign
    assign set put toggle mark flag star resolve complete close finish merge rebase sync synchronize
    refresh reset restore revert rollback undo rewrite reword format convert resize crop rotate sort
    reorder prioritize increase decrease raise lower reduce boost turn dim brighten adapt apply
    upgrade downgrade switch swap transfer migrate relocate reroute redirect dispatch pause resume
    snooze mute unmute archive unarchive uncheck tick accept agree decline approve reject confirm rate
    like unlike favorite follow unfollow subscribe upvote downvote discharge triage refill annotate
    append tag untag label escalate link unlink connect claim rebook redeem charge warm cool heat
    arm disarm dock water feed lock unlock map route record track log overwrite improve customize freeze unfreeze suspend reinstate redline grade push bump
    slide bring bind allocate assign quarantine isolate throttle seal preheat park reclassify relabel
    countersign sign endorse dispute contest overturn shelve trim expand simplify anonymize mask pin
    unpin hide unhide transition swap exchange trade water preheat mow vacuum park deduct credit
    recall carry haul tow transport convey lug shove relocate lift divert steer shunt tweak touch polish mend refit rearrange reorganise reorganize retitle
    shuffle flip reassign repoint reprice retag requeue reseat regrade expedite hasten accelerate
    slow defer adjourn tighten loosen waive invert realign recalibrate recolor reshape resubmit
    rework restructure regroup consolidate split combine detour advance postdate backdate stagger
    dilute thicken refurbish repaint renumber reword reissue re-route earmark ration
    finalize fulfill fulfil silence categorize recategorize normalize collapse conclude retire solve
    exempt blur encrypt compress deduplicate enrich localize optimize partition reconcile reconnect
    refine redact redo reindex reprioritize restrict reverse sanitize squash stash transform unmount
    unstage zip calibrate clock deny refuse resolve reauthorize repartition deprecate defrost`,
  ],
  [
    "delete",
    `delete remove rm rmdir unlink erase destroy drop purge wipe truncate clear discard trash
    uninstall unregister flush prune shred expunge clean cleanup cancel unsubscribe deactivate
    terminate kill evict kick ban detach withdraw retract unpublish unshare empty dismiss eliminate
    exclude strip unfriend unpin unenroll deregister decommission scrap revoke void dispose cull
    recall ditch axe nix zap scrub annul nullify rescind relinquish surrender vacate eject oust bin dump shed
    offload delist depublish abolish abort quash obliterate liquidate forfeit disband dissolve unbook
    invalidate expel`,
  ],
  [
    "send",
    `send mail email message dm text write reply respond answer forward notify inform tell alert
    announce broadcast post publish tweet retweet share comment submit dispatch transmit deliver
    contact call phone ping page invite remind ask request report communicate relay convey pass cc
    fax upload push release advertise greet thank apologize congratulate update nudge chat say
    confirm rsvp complain petition appeal react input fill escalate introduce refer propose respond
    leave ship wish drop warn brief consult email crosspost vote repost distribute circulate
    offer hand slip wire ring buzz beep signal courier ferry beam cable telegraph hail summon
    acknowledge chase decline accept agree consent nag pester pass warn caution tip alert
    echo recount pitch urge scold admonish reassure felicitate
    resend syndicate mention negotiate instruct autofill`,
  ],
  [
    "pay",
    `pay transfer wire remit refund reimburse repay settle donate tip deposit withdraw spend
    disburse compensate fund contribute charge payout topup invest lend loan send_back return
    split transact bid debit credit defray shell prepay overpay bankroll subsidize subsidise sponsor
    reward indemnify
    tithe bequeath`,
  ],
  [
    "buy",
    `buy purchase order rebuy reorder checkout acquire procure shop subscribe get redeem trade sell
    preorder restock requisition lease license obtain bid outbid auction import`,
  ],
  [
    "book",
    "book reserve schedule rebook arrange rent hire charter appoint reschedule grab secure bag snag engage",
  ],
  [
    "grant",
    `grant share invite authorize authorise permit allow promote demote delegate entitle add
    onboard offboard elevate impersonate unblock whitelist allowlist assign give enroll revoke
    collaborate expose join admit include let nominate onboard authorise unlock open
    award bestow confer distribute
    hand entrust empower license deputize deputise accredit vest appoint
    disclose reveal`,
  ],
  [
    "config",
    `configure enable disable set change update reset rotate activate deactivate install
    uninstall provision setup unlock lock turn switch arm disarm adjust tune customize register
    subscribe redirect block unblock bypass override restrict calibrate encrypt reauthorize`,
  ],
  ["auth", "login logon signin authenticate verify confirm logout signout"],
  [
    "exec",
    `run execute exec eval invoke start stop restart reboot launch spawn trigger deploy rollback
    redeploy ship scale compile build install test kill terminate shutdown boot reload fire migrate
    schedule rerun retry resume drain cordon failover operate activate perform unseal flash patch water vacuum mow brew preheat play record charge lock unlock open close arm
    disarm wake isolate quarantine throttle failback bootstrap seed halt initiate orchestrate simulate replay rebuild regenerate
    press tap click swipe autoscale evacuate debug`,
  ],
];

/** Verbs that are also common nouns: they ask for something only where they stand as verbs. */
const NOUNS = `access payout address advance alert answer appeal archive attempt beam bid bin block book
  bookmark boost branch cable call capture catalog change charge chat check claim clone comment
  compensate contact copy count cover credit deal debit delay deposit design dispatch display
  dispute document download draft drop dump email estimate exchange experience export extract fax
  feature feed file filter fix flag flash follow forecast forge form format function fund hand
  hire import increase input invite invoice issue label lead lease leave lift like link list listen loan lock
  log mail map mark mention mirror mount match measure message monitor move name note notice offer order page pass
  patch pause phone photo pin pitch place plan play polish poll position post press preview process
  produce profile program project pull purchase push query quote raise rank rate reach record
  redirect refund release rent repair replay reverse reply report request research reserve reset result return
  review reward ring route sale sample save scan schedule scope score screen search seed share
  shop sign signal sketch snapshot sort split stage stamp star sponsor start state stock stop store study sum
  supply support survey switch tag target test text time tip title total touch trace track trade
  transfer transition trial turn update upgrade upload use view visit vote walk watch water wire
  work zap`;

const IRREGULAR: Readonly<Record<string, string>> = {
  sent: "send",
  paid: "pay",
  bought: "buy",
  wrote: "write",
  written: "write",
  made: "make",
  gave: "give",
  given: "give",
  told: "tell",
  found: "find",
  got: "get",
  gotten: "get",
  spent: "spend",
  lent: "lend",
  sold: "sell",
  withdrew: "withdraw",
  withdrawn: "withdraw",
  chose: "choose",
  chosen: "choose",
  drew: "draw",
  ran: "run",
  saw: "see",
  seen: "see",
  knew: "know",
  known: "know",
  said: "say",
  left: "leave",
  built: "build",
  forgot: "forget",
  overrode: "override",
  undid: "undo",
  rewrote: "rewrite",
};

/** Nouns of acts, and the verb of each: `make a reservation`. */
const NOMINAL: Readonly<Record<string, string>> = {
  reservation: "reserve",
  booking: "book",
  payment: "pay",
  repayment: "repay",
  reimbursement: "reimburse",
  remittance: "remit",
  donation: "donate",
  withdrawal: "withdraw",
  cancellation: "cancel",
  deletion: "delete",
  removal: "remove",
  registration: "register",
  enrollment: "enroll",
  invitation: "invite",
  notification: "notify",
  announcement: "announce",
  deployment: "deploy",
  installation: "install",
  prescription: "prescribe",
  subscription: "subscribe",
  appointment: "appoint",
  modification: "modify",
  adjustment: "adjust",
  correction: "correct",
  revision: "revise",
  extension: "extend",
  renewal: "renew",
  activation: "activate",
  deactivation: "deactivate",
  approval: "approve",
  submission: "submit",
  publication: "publish",
  authorization: "authorize",
  assignment: "assign",
  replacement: "replace",
  shipment: "ship",
  delivery: "deliver",
  order: "order",
  rating: "rate",
  review: "review",
  refund: "refund",
  application: "apply",
  complaint: "complain",
  reminder: "remind",
  transfer: "transfer",
  return: "return",
  vote: "vote",
  reply: "reply",
  comment: "comment",
  post: "post",
  irrigation: "water",
  purchase: "buy",
  referral: "refer",
  admission: "admit",
  allocation: "allocate",
  escalation: "escalate",
  suspension: "suspend",
  termination: "terminate",
  migration: "migrate",
  confirmation: "confirm",
  response: "respond",
};

/** Verbs of two words, and the verb that means the same: also apart, `turn the heating off`. */
const PHRASAL: Readonly<Record<string, string>> = {
  "roll back": "rollback",
  "roll out": "deploy",
  "set up": "setup",
  "check off": "complete",
  "tick off": "complete",
  "cross out": "complete",
  "log in": "login",
  "sign in": "login",
  "sign up": "register",
  "check out": "checkout",
  "check in": "register",
  "shut down": "shutdown",
  "shut off": "disable",
  "turn on": "turn",
  "turn off": "turn",
  "turn up": "raise",
  "turn down": "lower",
  "switch on": "switch",
  "switch off": "switch",
  "take down": "delete",
  "tear down": "destroy",
  "bring up": "start",
  "spin up": "launch",
  "kick off": "start",
  "clean up": "cleanup",
  "clear out": "clear",
  "throw away": "discard",
  "get rid": "delete",
  "take out": "remove",
  "take off": "remove",
  "call off": "cancel",
  "put off": "postpone",
  "put in": "submit",
  "push back": "postpone",
  "move up": "reschedule",
  "fill in": "fill",
  "fill out": "fill",
  "hand in": "submit",
  "turn in": "submit",
  "send out": "send",
  "send back": "repay",
  "pay back": "repay",
  "give back": "relinquish",
  "call back": "recall",
  "take back": "recall",
  "call in": "recall",
  "hand back": "relinquish",
  "hand over": "hand",
  "hand out": "distribute",
  "pass over": "hand",
  "draw up": "draft",
  "write up": "write",
  "line up": "arrange",
  "sign off": "approve",
  "back out": "withdraw",
  "pull out": "withdraw",
  "cross off": "remove",
  "strike off": "remove",
  "strike out": "delete",
  "do away": "delete",
  "phase out": "decommission",
  "bring forward": "reschedule",
  "push out": "postpone",
  "hold off": "postpone",
  "swap out": "replace",
  "tidy up": "cleanup",
  "wind down": "shutdown",
  "fire up": "start",
  "power up": "start",
  "power down": "shutdown",
  "shell out": "pay",
  "fork out": "pay",
  "chip in": "contribute",
  "snap up": "buy",
  "stock up": "restock",
  "ring up": "call",
  "drop off": "deliver",
  "find out": "find",
  "figure out": "find",
  "work out": "calculate",
  "check up": "check",
  "read out": "read",
  "sum up": "summarize",
  "let go": "release",
  "let out": "release",
  "let in": "admit",
  "pay off": "pay",
  "top up": "topup",
  "let know": "notify",
  "reach out": "contact",
  "get back": "reply",
  "write back": "reply",
  "follow up": "reply",
  "pass on": "forward",
  "write down": "note",
  "jot down": "note",
  "back up": "backup",
  "look up": "lookup",
  "give access": "grant",
  "grant access": "grant",
};

const UNDONE: readonly Kind[] = ["update", "delete", "grant", "config"];

function table(): ReadonlyMap<string, readonly Kind[]> {
  const verbs = new Map<string, Kind[]>();
  for (const [kind, words] of LISTS)
    for (const word of words.split(/\s+/)) {
      const key = stem(word);
      const kinds = verbs.get(key) ?? [];
      if (!kinds.includes(kind)) verbs.set(key, [...kinds, kind]);
    }
  for (const [key, kinds] of new Map(verbs)) {
    // The other spelling, and what undoes an act: `apologise`, `unban`.
    if (key.endsWith("iz")) verbs.set(`${key.slice(0, -1)}s`, kinds);
    const undone = kinds.some((kind) => UNDONE.includes(kind)) && !verbs.has(`un${key}`);
    if (undone) verbs.set(`un${key}`, ["update"]);
  }
  return verbs;
}

/** By stem: every kind of effect that the verb can name. */
export const VERB_KINDS: ReadonlyMap<string, readonly Kind[]> = table();

/** By stem: verbs that are nouns as well. */
export const NOUN_VERBS: ReadonlySet<string> = new Set(NOUNS.split(/\s+/).map(stem));

/** Past forms that no suffix shows, and the verb of each. */
export const PAST_FORMS: ReadonlyMap<string, string> = new Map(Object.entries(IRREGULAR));

/** By stem of the noun: the stem of the verb. */
export const NOMINAL_VERBS: ReadonlyMap<string, string> = new Map(
  Object.entries(NOMINAL).map(([noun, verb]) => [stem(noun), stem(verb)]),
);

/** By stem and particle: the stem of the verb that means the same. */
export const PHRASAL_VERBS: ReadonlyMap<string, string> = new Map(
  Object.entries(PHRASAL).map(([phrase, verb]) => {
    const [first = "", particle = ""] = phrase.split(" ");
    return [`${stem(first)} ${particle}`, stem(verb)];
  }),
);

/** The kinds of a word in any form; the empty set for a word that is no verb. */
export function kindsOfVerb(word: string): KindSet {
  const key = stem(PAST_FORMS.get(word) ?? word);
  // `views`, `cancellations`: things, as nobody writes an act that is to be done.
  if (/[^s]s$/.test(word) && (NOUN_VERBS.has(key) || NOMINAL_VERBS.has(key)) && key !== word)
    return 0;
  const kinds = VERB_KINDS.get(key) ?? VERB_KINDS.get(NOMINAL_VERBS.get(key) ?? "");
  return kinds === undefined ? 0 : kindSet(...kinds);
}
