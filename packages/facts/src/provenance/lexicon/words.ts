import { stem } from "../stem.ts";

/** Closed word classes of English, and words too general to tie a text to a request. */
const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));
const stems = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/).map(stem));

export const DETERMINERS: ReadonlySet<string> = words(
  `a an the this that these those my your his her its our their some any each every no another
  which whose what all both either neither such many few several one two three s`,
);

export const PREPOSITIONS: ReadonlySet<string> = words(
  `of in on at from with about into onto over under between through during before after by for per
  via against among around as like near within without regarding concerning`,
);

/** Words that a verb in its base form may follow: an ambiguous word after one of these is a verb. */
export const BEFORE_VERBS: ReadonlySet<string> = words(
  `please and then to also you can could would will should must shall may might let lets me us help
  just now not or kindly finally first next afterwards afterward lastly second third otherwise but
  so go either simply either again directly immediately automatically quickly`,
);

/** Subjects that tell what somebody does, not what is to be done. */
export const TELLING_SUBJECTS: ReadonlySet<string> = words("i we they he she it who people");

export const NEGATIONS: ReadonlySet<string> = words(
  "not never dont don't without avoid cannot can't won't shouldn't mustn't doesn't didn't",
);

/** Verbs that say nothing by themselves and lend their force to a noun: `make a payment`. */
export const LIGHT_VERBS: ReadonlySet<string> = stems(
  "make place do give take have put set write submit file create get issue perform leave send request demand",
);

/** A past participle after one of these is still a request: `I want it removed`. */
export const CAUSATIVES: ReadonlySet<string> = words(
  "want need be get have like should must needs wants wish prefer",
);

export const QUANTIFIERS: ReadonlySet<string> = words(
  `all every each other others rest except everyone everybody everything both any whole entire
  respective respectively multiple several`,
);

export const SUPERLATIVES: ReadonlySet<string> = words(
  `cheapest largest smallest latest newest oldest remaining best highest lowest most least nearest
  closest earliest longest shortest biggest fastest first last next recent previous lower upcoming
  top fewest soonest urgent heaviest`,
);

/** Verbs by which a person hands over what a document says is to be done. */
export const EXECUTING_VERBS: ReadonlySet<string> = stems(
  "do complete finish follow perform achieve execute handle carry implement accomplish fulfill address process work tackle tick",
);

export const TASK_NOUNS: ReadonlySet<string> = stems(
  `task todo to-do instruction action step homework request assignment item checklist procedure
  it exercise chore errand guideline direction plan list workflow runbook`,
);

/** Function words, degree words and courtesies. */
export const STOP_WORDS: ReadonlySet<string> = stems(
  `a an the this that these those my your his her its our their some any each every no another which
  whose what who whom where when why how all both either neither such many few several one two three
  four five six seven eight nine ten i me you he him she it we us they them myself yourself themselves
  and or but nor so yet if then else than because while although though unless until since whether
  of in on at to from with about into onto over under between through during before after by for per
  via against among around as near within without up down out off above below across along behind
  beside beyond inside outside toward upon is am are was were be been being do does did done have has
  had having can could will would shall should may might must need want like just also only very too
  really quite much more most less least even still already again ever never always often sometimes
  here there now not please thanks thank hello hi hey dear kindly sure ok okay yes well make sure help
  let lets able according accordingly exact exactly same different new old other good great best better
  big small large long short high low right wrong first last next previous recent current available
  correct proper specific certain particular own whole entire full complete total main important
  urgent necessary required possible likely given following based using use used such via etc thing
  something anything everything nothing someone anyone everyone way kind sort type lot bit part
  number amount order instead once twice directly immediately finally later soon ago based mention
  mentioned include including included currently think believe know find see look try start get got
  give tell ask say let put go come take keep seem become turn bring begin show hear feel leave call
  call content detail information info further additional general process purpose reason question
  don doesn didn won isn aren wasn ll ve re im lets id am pm yourself access easy ready sorry`,
);

export const TIME_WORDS: ReadonlySet<string> = stems(
  `time date day today tomorrow yesterday tonight week month year hour minute second morning afternoon
  evening night noon midnight weekend weekday monday tuesday wednesday thursday friday saturday sunday
  january february march april may june july august september october november december jan feb mar
  apr jun jul aug sep sept oct nov dec daily weekly monthly yearly annual quarter deadline
  due early late recently upcoming format yyyy mm dd hh`,
);

/** Nouns of the medium rather than of the matter: they tie nothing to anything. */
export const MEDIUM_NOUNS: ReadonlySet<string> = stems(
  `email mail inbox message file document folder directory link url website site page webpage web
  account information detail data content text list name address number id user username password
  login channel chat post comment note attachment form system tool app application service server
  record entry item field value title subject body description result response request task
  instruction action step option setting profile contact person people member team company phone
  calendar event appointment notification alert update version code key token drive cloud
  computer device internet online database table line word summary feedback reply recipient sender
  participant transaction payment transfer money bank amount balance price cost fee total currency
  status state type category group label local path location place image picture photo security
  click button thank regard ticket customer client dollar usd
  euro eur gmail com www http https org net html pdf txt docx doc csv`,
);

export const AUTHOR_KEYS: ReadonlySet<string> = words(
  `sender from author by owner poster creator reporter requester reviewer writer username submitted
  posted created user commenter customer`,
);
