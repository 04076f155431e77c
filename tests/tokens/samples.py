"""Writes the texts of the kinds that are measured, into tests/fixtures/tokens; always the same ones.

Prose is the beginning of the Universal Declaration of Human Rights and plain sentences after it.
"""
import base64
import json
import random
import string
import sys
import uuid
from pathlib import Path

HERE = Path(__file__).resolve().parent
OUT = HERE.parent / "fixtures" / "tokens"
SIZE = 2400  # characters of a generated text

PROSE = {
    "english": """All human beings are born free and equal in dignity and rights. They are endowed with reason and \
conscience and should act towards one another in a spirit of brotherhood. Everyone has the right to life, liberty and \
security of person. I wanted to ask you about the flat on the second floor: is the kitchen included in the rent, and when \
could we move in? My sister, who lives in Portsmouth, says that the neighbours are friendly and that there's a good bakery \
around the corner. Please write back before Thursday, because we have to decide by the end of the week.""",
    "german": """Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft und Gewissen begabt \
und sollen einander im Geiste der Brüderlichkeit begegnen. Jeder hat das Recht auf Leben, Freiheit und Sicherheit der Person. \
Ich wollte Sie wegen der Wohnung im zweiten Stock fragen: Ist die Küche in der Miete enthalten, und wann könnten wir \
einziehen? Die Geschwindigkeitsbegrenzung vor der Grundschule wurde aufgehoben, obwohl die Straßenverkehrsordnung sie \
vorschreibt; der Stadtratsausschuss berät darüber in seiner nächsten Sitzung.""",
    "french": """Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison et de \
conscience et doivent agir les uns envers les autres dans un esprit de fraternité. Je voulais vous demander si la cuisine est \
comprise dans le loyer, et à partir de quand nous pourrions emménager. Ma sœur, qui habite à Besançon, dit que les voisins \
sont aimables et qu'il y a une bonne boulangerie au coin de la rue.""",
    "polish": """Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw. Są oni obdarzeni rozumem i \
sumieniem i powinni postępować wobec innych w duchu braterstwa. Chciałam zapytać o mieszkanie na drugim piętrze: czy kuchnia \
jest wliczona w czynsz i kiedy moglibyśmy się wprowadzić? Moja siostra, która mieszka w Łodzi, mówi, że sąsiedzi są życzliwi.""",
    "finnish": """Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan. Heille on annettu järki ja \
omatunto, ja heidän on toimittava toisiaan kohtaan veljeyden hengessä. Halusin kysyä toisen kerroksen asunnosta: kuuluuko \
keittiö vuokraan, ja milloin voisimme muuttaa sisään? Sisareni, joka asuu Jyväskylässä, sanoo naapureiden olevan ystävällisiä.""",
    "vietnamese": """Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền lợi. Mọi con người đều được \
tạo hóa ban cho lý trí và lương tâm và cần phải đối xử với nhau trong tình bằng hữu. Tôi muốn hỏi về căn hộ ở tầng hai: nhà \
bếp có nằm trong tiền thuê không, và khi nào chúng tôi có thể dọn vào?""",
    "russian": """Все люди рождаются свободными и равными в своём достоинстве и правах. Они наделены разумом и совестью и \
должны поступать в отношении друг друга в духе братства. Я хотела спросить вас о квартире на втором этаже: входит ли кухня в \
арендную плату и когда мы могли бы переехать? Моя сестра, которая живёт в Ярославле, говорит, что соседи приветливые и что за \
углом есть хорошая булочная. Пожалуйста, ответьте до четверга, потому что нам нужно решить до конца недели.""",
    "ukrainian": """Всі люди народжуються вільними і рівними у своїй гідності та правах. Вони наділені розумом і совістю і \
повинні діяти у відношенні один до одного в дусі братерства. Я хотіла запитати про квартиру на другому поверсі: чи входить \
кухня до орендної плати і коли ми могли б переїхати?""",
    "greek": """Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα. Είναι προικισμένοι με λογική \
και συνείδηση, και οφείλουν να συμπεριφέρονται μεταξύ τους με πνεύμα αδελφοσύνης. Ήθελα να ρωτήσω για το διαμέρισμα στον \
δεύτερο όροφο: περιλαμβάνεται η κουζίνα στο ενοίκιο;""",
    "hebrew": """כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם. כולם חוננו בתבונה ובמצפון, לפיכך חובה עליהם לנהוג איש \
ברעהו ברוח של אחווה. רציתי לשאול על הדירה בקומה השנייה: האם המטבח כלול בשכר הדירה, ומתי נוכל להיכנס?""",
    "arabic": """يولد جميع الناس أحرارًا متساوين في الكرامة والحقوق. وقد وهبوا عقلاً وضميرًا وعليهم أن يعامل بعضهم بعضًا بروح \
الإخاء. لكل فرد الحق في الحياة والحرية وسلامة شخصه. أردت أن أسألك عن الشقة في الطابق الثاني: هل المطبخ مشمول في الإيجار ومتى \
يمكننا الانتقال إليها؟ تقول أختي التي تعيش في الإسكندرية إن الجيران لطفاء وإن هناك مخبزًا جيدًا عند الزاوية.""",
    "hindi": """सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है। उन्हें बुद्धि और अन्तरात्मा की देन प्राप्त \
है और परस्पर उन्हें भाईचारे के भाव से बर्ताव करना चाहिए। मैं आपसे दूसरी मंज़िल के फ़्लैट के बारे में पूछना चाहती थी: क्या रसोई किराए में शामिल \
है, और हम कब आ सकते हैं?""",
    "tamil": """மனிதப் பிறவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர்; அவர்கள் மதிப்பிலும், உரிமைகளிலும் சமமானவர்கள். அவர்கள் \
நியாயத்தையும் மனச்சாட்சியையும் இயற்பண்பாகப் பெற்றவர்கள். அவர்கள் ஒருவருடனொருவர் சகோதர உணர்வுப் பாங்கில் நடந்துகொள்ளல் வேண்டும்.""",
    "thai": """มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ ต่างมีเหตุผลและมโนธรรม และควรปฏิบัติต่อกันด้วยเจตนารมณ์แห่งภราดรภาพ \
ฉันอยากถามเรื่องห้องบนชั้นสองว่าห้องครัวรวมอยู่ในค่าเช่าหรือไม่ และเราจะย้ายเข้าได้เมื่อไร""",
    "georgian": """ყველა ადამიანი იბადება თავისუფალი და თანასწორი თავისი ღირსებითა და უფლებებით. მათ მინიჭებული აქვთ გონება და \
სინდისი და ერთმანეთის მიმართ უნდა იქცეოდნენ ძმობის სულისკვეთებით.""",
    "korean": """모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. 인간은 천부적으로 이성과 양심을 부여받았으며 서로 형제애의 \
정신으로 행동하여야 한다. 이 층 아파트에 대해 여쭤보고 싶었습니다. 부엌이 월세에 포함되어 있나요? 그리고 언제 이사할 수 있을까요? 부산에 사는 제 \
여동생은 이웃들이 친절하고 모퉁이에 좋은 빵집이 있다고 말합니다.""",
    "japanese": """すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。人間は、理性と良心とを授けられており、互いに\
同胞の精神をもって行動しなければならない。二階のアパートについてお尋ねしたいのですが、キッチンは家賃に含まれていますか。いつから入居できますか。\
仙台に住んでいる妹によると、近所の人たちは親切で、角にはおいしいパン屋さんがあるそうです。""",
    "chinese": """人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。人人有权享有生命、自由和人身安全。我想问一下二楼\
的公寓：厨房包括在房租里吗？我们什么时候可以搬进去？我姐姐住在青岛，她说邻居们都很友好，拐角处还有一家很好的面包店。请在星期四之前回信，因为我们周末之前\
要做决定。""",
    "chinese_traditional": """人人生而自由，在尊嚴和權利上一律平等。他們賦有理性和良心，並應以兄弟關係的精神相對待。人人有權享有生命、自由和人身安全。\
我想問一下二樓的公寓：廚房包括在房租裡嗎？我們什麼時候可以搬進去？我姐姐住在臺南，她說鄰居們都很友好，轉角處還有一家很好的麵包店。""",
}

CODE = {
    "python": (HERE.parent / "sim" / "reply.py"), "c": (HERE.parent.parent / "src" / "core" / "backoff.c"),
}

JAVASCRIPT = """export async function fetchJson(url, { retries = 3, signal } = {}) {
  for (let attempt = 0; attempt <= retries; attempt++) {
    const response = await fetch(url, { signal, headers: { accept: "application/json" } });
    if (response.ok) return response.json();
    if (response.status < 500 || attempt === retries) throw new Error(`HTTP ${response.status}`);
    await new Promise((resolve) => setTimeout(resolve, 2 ** attempt * 250));
  }
}

class LruCache {
  #items = new Map();
  constructor(limit) { this.limit = limit; }
  get(key) {
    if (!this.#items.has(key)) return undefined;
    const value = this.#items.get(key);
    this.#items.delete(key);
    this.#items.set(key, value);
    return value;
  }
}
"""

MARKDOWN = """# Release notes

## Fixed

- **Cache**: entries that had expired were served once more (#4312).
- `config.load()` raised `KeyError` where `[server]` was missing.

| option | default | meaning |
|---|---|---|
| `--jobs N` | 4 | how many run side by side |
| `--timeout S` | 30 | seconds until a job is given up |

1. Stop the service: `systemctl stop worker`
2. Run `./migrate.sh --from 1.8 --to 2.0`
3. See [the guide](https://docs.example.org/migrate/2.0#steps) for what changed.
"""

LOG = """2026-11-28T17:35:02.114Z INFO  [http-nio-8080-exec-7] c.e.shop.OrderService : order=88213 customer=4711 total=129.90
2026-11-28T17:35:02.871Z WARN  [pool-3-thread-12] c.e.shop.StockClient : 10.0.12.7:9042 timed out after 2000 ms, retry 1/3
2026-11-28T17:35:04.902Z ERROR [pool-3-thread-12] c.e.shop.StockClient : java.net.SocketTimeoutException: Read timed out
\tat java.base/sun.nio.ch.NioSocketImpl.timedRead(NioSocketImpl.java:288)
\tat org.apache.http.impl.io.SessionInputBufferImpl.streamRead(SessionInputBufferImpl.java:137)
"""

HTML = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Orders</title><link rel="stylesheet" \
href="/static/app.css?v=3f2a"></head><body class="page page--orders"><div id="root"><table class="table \
table-striped"><tr><td data-id="17">Kettle</td><td>&euro;&nbsp;29.90</td></tr></table></div></body></html>
"""


def generated(rnd):
    def some(letters, size=SIZE):
        return "".join(rnd.choice(letters) for _ in range(size))

    names = ["Alice", "Bob", "Chandra", "Dmitri", "Eve", "Fatima", "Goro", "Hanna"]
    rows = [{"id": rnd.randrange(10**6), "name": rnd.choice(names), "active": rnd.random() < .5,
             "score": round(rnd.random() * 100, 3), "tags": rnd.sample(["a1", "beta", "x", "new", "eu-west"], 2),
             "ref": None} for _ in range(30)]
    yield "json_minified", json.dumps(rows, separators=(",", ":"))
    yield "json_indented", json.dumps(rows[:10], indent=2)
    yield "digits", some(string.digits)
    yield "numbers", " ".join(str(rnd.randrange(10**rnd.randrange(1, 7))) for _ in range(500))
    yield "csv", "\n".join(",".join(f"{rnd.random() * 1000:.4f}" for _ in range(6)) for _ in range(50))
    yield "uuids", "\n".join(str(uuid.UUID(int=rnd.getrandbits(128), version=4)) for _ in range(64))
    yield "hex", some("0123456789abcdef")
    yield "hex_upper", some("0123456789ABCDEF")
    yield "hex_spaced", " ".join(f"{rnd.randrange(256):02x}" for _ in range(800))
    yield "base64", base64.b64encode(rnd.randbytes(1800)).decode()
    yield "base64_lines", "\n".join(base64.b64encode(rnd.randbytes(57)).decode() for _ in range(30))
    yield "base32", base64.b32encode(rnd.randbytes(1500)).decode()
    yield "letters_random", some(string.ascii_letters)
    yield "lower_random", some(string.ascii_lowercase)
    yield "punctuation", some(string.punctuation)
    yield "punctuation_runs", "".join(rnd.choice("-=*#_.~") * rnd.randrange(3, 60) + "\n" for _ in range(60))
    yield "blanks", "".join(" " * rnd.randrange(1, 24) + "x\n" for _ in range(160))
    yield "ab", "a b " * 600
    yield "words_short", " ".join(rnd.choice("to in of at on it is be we he as do go up".split()) for _ in range(700))
    yield "emoji", "".join(chr(rnd.randrange(0x1F600, 0x1F640)) for _ in range(400))
    yield "emoji_rare", "".join(chr(rnd.randrange(0x1F900, 0x1FA00)) + " " for _ in range(300))
    yield "emoji_joined", "👩‍👩‍👧‍👦👨🏽‍💻🏳️‍🌈❤️🇩🇪🇯🇵" * 25
    yield "han_rare", "".join(chr(rnd.randrange(0x4E00, 0x9FA5)) for _ in range(800))
    yield "han_extension", "".join(chr(rnd.randrange(0x20000, 0x2A6D0)) for _ in range(300))
    yield "symbols", "".join(rnd.choice("≤≥∑∫√∞≈≠→←⇒∀∃∈∉⊂∪∩αβγδ±×÷°µ§¶•…—–“”„«»│├─└█▓░") for _ in range(800))


def main():
    OUT.mkdir(exist_ok=True)
    texts = {**PROSE, **{name: path.read_text()[:6000] for name, path in CODE.items()}, "javascript": JAVASCRIPT,
             "markdown": MARKDOWN, "log": LOG, "html": HTML, **dict(generated(random.Random(9)))}
    for name, text in texts.items():
        (OUT / f"{name}.txt").write_text(text)
    print(len(texts), "texts", file=sys.stderr)


if __name__ == "__main__":
    main()
