import { stem } from "../stem.ts";

/**
 * What a request or a tool is about, as coarse groups of English nouns. A noun may stand in several
 * groups; one that stands in none matches by itself.
 */
const GROUPS: Readonly<Record<string, string>> = {
  money: `money cash fund payment bill fee fine rent salary wage payroll transaction transfer balance
    bank iban expense reimbursement refund deposit loan mortgage debt tax premium donation tip invoice
    debit credit remittance wallet dividend stock share bond portfolio crypto bitcoin price cost charge
    paycheck budget bonus pension subscription toll tuition allowance difference dollar euro pound
    revenue income ledger escrow withdrawal receipt statement payee payer paystub cashback payout beneficiary`,
  mail: "email mail inbox newsletter attachment recipient sender reply letter correspondence",
  chat: `message channel chat dm sms text thread conversation notification alert announcement
    inbox reply voicemail room`,
  event: `event reminder alarm calendar meeting appointment invitation reminder schedule agenda conference call
    lunch dinner breakfast party class lesson session interview webinar workshop holiday
    consultation birthday wedding slot availability attendee participant hearing rota
    standup timetable
    keynote talk programme speaker raffle rsvp waitlist session roster`,
  file: `file document folder directory drive attachment pdf spreadsheet sheet slide presentation
    picture photo image video note page doc docx csv txt report cv resume template copy archive
    backup download upload path contract manual book
    audio album diagram brochure leaflet magazine guide handbook worksheet media receipt transcript recording`,
  note: `note memo list todo journal wiki page diary bookmark checklist
    notebook`,
  web: `website site page webpage url link web form post blog article forum comment internet news
    portal browser login platform account`,
  social: `post comment story feed profile follower friend tweet like status review reaction group
    hashtag timeline community video bio connection
    banner avatar poll playlist podcast song album`,
  order: `order cart product item purchase shopping checkout basket discount coupon voucher invoice
    delivery shipment parcel package return refund gift wishlist store inventory stock supply quote
    laptop phone shoe clothes shirt headphone ticket subscription grocery food meal plan sku warranty
    receipt merchant supplier promotion vendor catalog`,
  account: `account password user username profile login credential pin address phone email name
    setting preference information detail identity membership subscription security permission
    passport license card`,
  booking: `booking reservation hotel flight ticket table car rental room seat restaurant trip
    train bus cab ride taxi cruise tour stay itinerary appointment cabin court desk venue parking
    apartment accommodation luggage
    passenger lounge locker seat`,
  code: `code repository repo commit branch pull merge issue pipeline build deployment release
    server service container cluster pod node job script command database table query log bug test
    function api key secret variable config configuration instance host domain dns environment
    workflow artifact image namespace volume firewall rule certificate backup alert incident metric
    dashboard replica process package dependency production staging machine vm queue cache flag
    endpoint gateway network storage snippet gist runbook plugin extension widget integration cookie sandbox
    schema bucket changelog tag fork diff patch sprint proxy firmware webhook hook`,
  people: `user member person contact colleague team group employee people participant guest friend
    customer client patient student candidate staff role access permission collaborator manager
    teacher driver tenant editor viewer moderator admin owner resident citizen follower channel workspace organization
    account doctor nurse access invite
    supplier vendor partner intern employer engineer officer recruiter volunteer visitor passenger instructor technician
    contractor neighbour attendee speaker sponsor maintainer reviewer subscriber`,
  health: `patient prescription medication medicine drug dose dosage diagnosis symptom lab test
    result allergy vaccine vaccination vital record chart referral ward doctor nurse physician clinic
    hospital surgery appointment insurance treatment therapy pharmacy refill blood pressure weight
    workout meal sleep step heart exercise calorie discharge admission`,
  device: `alarm light lamp thermostat temperature door lock camera alarm sensor speaker tv television
    device switch plug blind curtain garage vacuum heater heating fan oven washer dryer sprinkler
    scene routine automation room home house printer router wifi humidifier window fridge car charger
    vehicle battery robot volume music
    appliance doorbell radiator shutter intercom timer`,
  crm: `lead deal opportunity customer client contact account pipeline campaign quote proposal
    contract segment prospect company subscriber audience template ticket case sla
    promotion vendor supplier sponsor partner mailing`,
  ticket: `ticket issue case incident bug request task project board sprint epic story comment status
    assignee priority queue backlog milestone support complaint escalation card label problem
    subtask roadmap`,
  hr: `employee leave payroll candidate applicant application job position vacancy onboarding salary
    contract review performance timesheet absence holiday benefit training interview offer hire
    department team vacation bonus policy shift overtime sick
    headcount roster intern recruiter contractor handover`,
  education: `course student grade assignment homework exam quiz lesson class teacher school
    enrollment transcript syllabus lecture submission essay project certificate score tuition campus
    degree module attendance feedback
    tutorial tutor classroom chapter scholarship instructor`,
  government: `permit license application form tax passport visa case benefit citizen record
    registration certificate election vote ballot fine claim appeal declaration id complaint agency`,
  legal: `contract clause agreement case document filing court hearing client matter brief nda
    signature deadline evidence lawyer attorney settlement motion deposition policy invoice
    amendment redline term`,
  logistics: `shipment delivery package parcel order route driver truck warehouse inventory stock
    carrier pickup container customs tracking manifest fleet vehicle dock load freight pallet
    consignment address slot return address label`,
  estate: `property house apartment flat tenant landlord lease listing rent viewing maintenance unit
    repair mortgage building inspection utility
    premises garbage cleaner parking`,
};

const CONCEPTS: readonly string[] = Object.keys(GROUPS);

/** A set of concepts as bits, in the order of CONCEPTS. */
export type ConceptSet = number;

function table(): ReadonlyMap<string, ConceptSet> {
  const nouns = new Map<string, ConceptSet>();
  CONCEPTS.forEach((name, at) => {
    for (const word of (GROUPS[name] as string).split(/\s+/)) {
      const key = stem(word);
      nouns.set(key, (nouns.get(key) ?? 0) | (1 << at));
    }
  });
  return nouns;
}

/** By stem: the groups that a noun belongs to. */
export const NOUN_CONCEPTS: ReadonlyMap<string, ConceptSet> = table();

export function conceptBit(name: string): ConceptSet {
  return 1 << CONCEPTS.indexOf(name);
}
