// The 256 emoji in which people compare the code of a meeting, with what one says when reading them out.
// Two clients must show the same: the order of the list is part of the protocol (encryption.md 8) and
// never changes.

export interface EmojiName {
  readonly emoji: string;
  readonly en: string;
  readonly de: string;
}

const LIST = `
🐶 dog | Hund
🐱 cat | Katze
🐭 mouse | Maus
🐰 rabbit | Hase
🦊 fox | Fuchs
🐻 bear | Bär
🐼 panda | Panda
🐨 koala | Koala
🦁 lion | Löwe
🐯 tiger | Tiger
🐮 cow | Kuh
🐷 pig | Schwein
🐸 frog | Frosch
🐵 monkey | Affe
🐔 chicken | Huhn
🐧 penguin | Pinguin
🦆 duck | Ente
🦉 owl | Eule
🦅 eagle | Adler
🦇 bat | Fledermaus
🐺 wolf | Wolf
🐴 horse | Pferd
🦄 unicorn | Einhorn
🐝 bee | Biene
🦋 butterfly | Schmetterling
🐌 snail | Schnecke
🐞 ladybird | Marienkäfer
🐜 ant | Ameise
🕷️ spider | Spinne
🦂 scorpion | Skorpion
🐢 turtle | Schildkröte
🐍 snake | Schlange
🦎 lizard | Eidechse
🐙 octopus | Krake
🦀 crab | Krebs
🐡 pufferfish | Kugelfisch
🐬 dolphin | Delfin
🐳 whale | Wal
🦈 shark | Hai
🐊 crocodile | Krokodil
🦓 zebra | Zebra
🐘 elephant | Elefant
🦏 rhinoceros | Nashorn
🐪 camel | Kamel
🦒 giraffe | Giraffe
🦘 kangaroo | Känguru
🐏 ram | Widder
🦙 llama | Lama
🦌 deer | Hirsch
🦃 turkey | Truthahn
🦚 peacock | Pfau
🦜 parrot | Papagei
🦢 swan | Schwan
🦩 flamingo | Flamingo
🦝 raccoon | Waschbär
🦔 hedgehog | Igel
🐉 dragon | Drache
🐾 paw prints | Pfoten
🌵 cactus | Kaktus
🎄 Christmas tree | Weihnachtsbaum
🌲 fir tree | Tanne
🌴 palm tree | Palme
🍀 clover | Kleeblatt
🍁 maple leaf | Ahornblatt
🍄 mushroom | Pilz
🌹 rose | Rose
🌻 sunflower | Sonnenblume
🌷 tulip | Tulpe
🌸 cherry blossom | Kirschblüte
🌾 ear of rice | Ähre
🐚 shell | Muschel
🌍 globe | Erde
🌙 moon | Mond
⭐ star | Stern
☀️ sun | Sonne
☁️ cloud | Wolke
🌈 rainbow | Regenbogen
⚡ lightning | Blitz
❄️ snowflake | Schneeflocke
🔥 fire | Feuer
💧 drop | Tropfen
🌊 wave | Welle
🌪️ tornado | Wirbelsturm
🌋 volcano | Vulkan
🍎 apple | Apfel
🍐 pear | Birne
🍊 orange | Orange
🍋 lemon | Zitrone
🍌 banana | Banane
🍉 watermelon | Wassermelone
🍇 grapes | Trauben
🍓 strawberry | Erdbeere
🍒 cherries | Kirschen
🍍 pineapple | Ananas
🥥 coconut | Kokosnuss
🥝 kiwi | Kiwi
🥑 avocado | Avocado
🥦 broccoli | Brokkoli
🌽 corn | Mais
🥕 carrot | Karotte
🌶️ pepper | Paprika
🧄 garlic | Knoblauch
🧅 onion | Zwiebel
🥔 potato | Kartoffel
🥐 croissant | Croissant
🥨 pretzel | Brezel
🧀 cheese | Käse
🥚 egg | Ei
🥞 pancakes | Pfannkuchen
🍗 drumstick | Hähnchenkeule
🍔 hamburger | Hamburger
🍟 chips | Pommes
🍕 pizza | Pizza
🌭 hot dog | Hotdog
🌮 taco | Taco
🍣 sushi | Sushi
🍦 ice cream | Eis
🍩 doughnut | Donut
🍪 biscuit | Keks
🎂 cake | Torte
🍫 chocolate | Schokolade
🍭 lollipop | Lutscher
🍯 honey | Honig
☕ coffee | Kaffee
🍷 wine | Wein
🍺 beer | Bier
🧃 juice box | Trinkpäckchen
🍴 fork and knife | Besteck
⚽ football | Fußball
🏀 basketball | Basketball
🏈 American football | American Football
🎾 tennis | Tennis
🏐 volleyball | Volleyball
🎱 billiards | Billard
🏓 table tennis | Tischtennis
🏹 bow | Bogen
🎣 fishing rod | Angel
🥊 boxing glove | Boxhandschuh
🛹 skateboard | Skateboard
⛸️ ice skate | Schlittschuh
🎿 skis | Ski
🏆 trophy | Pokal
🎯 target | Zielscheibe
🎲 dice | Würfel
♟️ chess pawn | Schachfigur
🧩 puzzle piece | Puzzle
🎮 game controller | Gamepad
🎳 bowling | Kegel
🎨 palette | Malkasten
🎭 masks | Masken
🎪 circus tent | Zirkuszelt
🎤 microphone | Mikrofon
🎧 headphones | Kopfhörer
🎹 piano | Klavier
🥁 drum | Trommel
🎷 saxophone | Saxofon
🎺 trumpet | Trompete
🎸 guitar | Gitarre
🎻 violin | Geige
🚗 car | Auto
🚌 bus | Bus
🚜 tractor | Traktor
🚲 bicycle | Fahrrad
🛵 scooter | Motorroller
🚂 locomotive | Lokomotive
✈️ aeroplane | Flugzeug
🚀 rocket | Rakete
🛸 flying saucer | Ufo
🚁 helicopter | Hubschrauber
⛵ sailing boat | Segelboot
⚓ anchor | Anker
🚦 traffic light | Ampel
🗼 tower | Turm
🏰 castle | Burg
🎡 Ferris wheel | Riesenrad
⛲ fountain | Springbrunnen
🏝️ island | Insel
⛺ tent | Zelt
🏠 house | Haus
🏭 factory | Fabrik
⛪ church | Kirche
⌚ watch | Armbanduhr
📱 phone | Handy
💻 laptop | Laptop
🖨️ printer | Drucker
📷 camera | Kamera
🎬 clapperboard | Filmklappe
☎️ telephone | Telefon
📺 television | Fernseher
📻 radio | Radio
🧭 compass | Kompass
⏰ alarm clock | Wecker
⏳ hourglass | Sanduhr
🔋 battery | Batterie
🔌 plug | Stecker
💡 light bulb | Glühbirne
🔦 torch | Taschenlampe
🕯️ candle | Kerze
💰 money bag | Geldsack
💎 gem | Edelstein
⚖️ scales | Waage
🔧 spanner | Schraubenschlüssel
🔨 hammer | Hammer
⚙️ gear | Zahnrad
🧲 magnet | Magnet
💣 bomb | Bombe
🪓 axe | Axt
🛡️ shield | Schild
🔮 crystal ball | Kristallkugel
🔭 telescope | Fernrohr
🔬 microscope | Mikroskop
💊 pill | Tablette
🧬 DNA | Erbgut
🌡️ thermometer | Thermometer
🧹 broom | Besen
🚽 toilet | Toilette
🛁 bathtub | Badewanne
🔑 key | Schlüssel
🚪 door | Tür
🪑 chair | Stuhl
🛏️ bed | Bett
🧸 teddy bear | Teddybär
🎁 gift | Geschenk
🎈 balloon | Luftballon
✉️ envelope | Briefumschlag
📦 parcel | Paket
📌 pin | Reißzwecke
✂️ scissors | Schere
✏️ pencil | Bleistift
📚 books | Bücher
🔒 lock | Schloss
🧵 thread | Garn
👓 glasses | Brille
👔 tie | Krawatte
👖 jeans | Jeans
🧦 socks | Socken
👗 dress | Kleid
👑 crown | Krone
🎩 top hat | Zylinder
🎓 mortarboard | Doktorhut
👠 high heel | Stöckelschuh
🥾 boot | Stiefel
💍 ring | Ring
☂️ umbrella | Regenschirm
👻 ghost | Gespenst
👽 alien | Außerirdischer
🤖 robot | Roboter
💀 skull | Totenkopf
⛄ snowman | Schneemann
👀 eyes | Augen
🦷 tooth | Zahn
🧠 brain | Gehirn
❤️ heart | Herz
🦶 foot | Fuß
♻️ recycling | Recycling
🏁 chequered flag | Zielflagge
`;

export const EMOJI: readonly EmojiName[] = LIST.trim().split('\n').map(nameOf);

function nameOf(line: string): EmojiName {
  const [emoji = '', names = ''] = line.split(/ (.*)/, 2);
  const [en = '', de = ''] = names.split(' | ');
  return { emoji, en, de };
}
